import '../kit/tokens.css';
import '../kit/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { usePrefs } from '../kit/prefs';
import { App } from './App';

document.documentElement.dataset['theme'] = usePrefs.getState().theme;
const root = document.getElementById('root');
if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);
