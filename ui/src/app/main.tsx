import '../kit/tokens.css';
import '../kit/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { isSystemLight, themeOf, wear } from '../kit/appearance';
import { usePrefs } from '../kit/prefs';
import { openHeatFeed } from '../live/heatFeed';
import { checkSession } from '../live/session';
import { App } from './App';
import { pageOf, preload } from './pages';

const { pathname } = window.location;
preload(pathname);
if (!pageOf(pathname).isOpen) {
  void checkSession();
  openHeatFeed();
}
wear(usePrefs.getState(), themeOf(usePrefs.getState().theme, isSystemLight()));

const root = document.getElementById('root');
if (root) createRoot(root).render(<StrictMode><BrowserRouter><App /></BrowserRouter></StrictMode>);
