import { create } from 'zustand';

/** Whether the keys are being explained. */
export const useHelp = create<{ isOpen: boolean }>(() => ({ isOpen: false }));

export const openHelp = () => useHelp.setState({ isOpen: true });
export const closeHelp = () => useHelp.setState({ isOpen: false });
