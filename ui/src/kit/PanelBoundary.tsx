import { Component, type ReactNode } from 'react';
import css from './Panel.module.css';
import { AttentionIcon } from './icons';
import { words } from './words';

/** Keeps a broken panel from taking the page with it. */
export class PanelBoundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    if (!this.state.isBroken) return this.props.children;
    return (
      <div className={css.message} role="alert">
        <AttentionIcon size={20} />
        <p className={css.failed}>{words.panel.broken}</p>
        <button type="button" className={css.retry} onClick={() => this.setState({ isBroken: false })}>{words.panel.retry}</button>
      </div>
    );
  }
}
