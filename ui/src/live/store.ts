import { create } from 'zustand';
import { EMPTY, type Live } from './state';

/** The live world. Components read it through selectors; only the stream and fetched answers write it. */
export const useLive = create<Live>(() => EMPTY);
