import { Component, type ReactNode } from 'react';
import { Button } from '../kit/Button';
import css from '../pages/Plain.module.css';
import { pageWords } from '../pages/words';

const words = pageWords.broken;

interface Props {
  children: ReactNode;
  place?: string;
}

/** Says so when a page breaks or its file cannot be fetched; going elsewhere tries anew. */
export class PageBoundary extends Component<Props, { isBroken: boolean; place: string | undefined }> {
  override state = { isBroken: false, place: this.props.place };

  static getDerivedStateFromProps({ place }: Props, held: { place: string | undefined }) {
    return place === held.place ? null : { isBroken: false, place };
  }

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    if (!this.state.isBroken) return this.props.children;
    return (
      <main id="content" className={css.middle} tabIndex={-1}>
        <h1 className={css.title}>{words.title}</h1>
        <p className={css.text} role="alert">{words.text}</p>
        <Button look="primary" onClick={() => window.location.reload()}>{words.reload}</Button>
      </main>
    );
  }
}
