import clsx from 'clsx';
import { type CSSProperties, type ReactNode, useContext, useId } from 'react';
import type { PanelState } from '../live/freshness';
import { userTime, wholeAge } from './format';
import { AttentionIcon, UnplugIcon } from './icons';
import { FrameContext } from './layout/frame';
import { PanelControls } from './layout/PanelControls';
import css from './Panel.module.css';
import { PanelBoundary } from './PanelBoundary';
import { Skeleton } from './Skeleton';
import { words } from './words';

export interface PanelProps {
  title: string;
  state: PanelState;
  /** When the data was made, epoch seconds; shown in the user's zone. */
  asOf?: number | null;
  /** One sentence on what will appear. */
  empty: string;
  /** Beside the title. */
  note?: ReactNode;
  /** At the right of the head. */
  actions?: ReactNode;
  onRetry?: () => void;
  /** The look of the panel while it loads; must take the final size. */
  skeleton?: ReactNode;
  className?: string | undefined;
  style?: CSSProperties;
  children: ReactNode;
}

/** The frame of every panel: it says what is shown, how fresh it is, and what is wrong. */
export function Panel({ title, state, asOf = null, empty, note, actions, onRetry, skeleton, className, style, children }: PanelProps) {
  const id = useId();
  const frame = useContext(FrameContext);
  const isCollapsed = frame?.isCollapsed === true;
  const isOld = state.kind === 'stale' || state.kind === 'disconnected';
  const hasContent = state.kind === 'live' || isOld;
  return (
    <section className={clsx(css.panel, className, isCollapsed && css.collapsed)} style={style} aria-labelledby={id} data-state={state.kind} tabIndex={frame ? -1 : undefined}>
      <header className={css.head}>
        <h2 id={id} className={css.title}>{title}</h2>
        {note}
        <div className={css.corner}>
          <Freshness state={state} asOf={asOf} />
          {!isCollapsed && actions}
          {frame && <PanelControls frame={frame} title={title} />}
        </div>
      </header>
      {!isCollapsed && (
        <div className={css.body} data-old={isOld || undefined}>
          <PanelBoundary key={state.kind === 'error' ? 'error' : 'content'}>
            {state.kind === 'loading' && (skeleton ?? <Skeleton />)}
            {state.kind === 'empty' && <p className={css.message}>{empty}</p>}
            {(state.kind === 'error' || state.kind === 'gated') && <Refused state={state} onRetry={onRetry} />}
            {hasContent && (state.kind === 'disconnected' && asOf === null ? <p className={css.message}>{words.panel.nothingYet}</p> : children)}
          </PanelBoundary>
        </div>
      )}
    </section>
  );
}

function Freshness({ state, asOf }: { state: PanelState; asOf: number | null }) {
  if (state.kind === 'stale') {
    return <span className={css.badge} data-testid="stale-badge"><AttentionIcon />{words.panel.old(wholeAge(state.ageSec))}</span>;
  }
  if (state.kind === 'disconnected') {
    return <span className={css.badge} title={words.panel.disconnectedHint}><UnplugIcon /><span className={css.word}>{words.panel.disconnected}</span></span>;
  }
  if (state.kind !== 'live' || asOf === null) return null;
  return <span className={css.asOf} title={words.panel.asOf}>{userTime(asOf)}</span>;
}

function Refused({ state, onRetry }: { state: Extract<PanelState, { kind: 'error' | 'gated' }>; onRetry: (() => void) | undefined }) {
  const { code, message, requestId } = state.failure;
  if (state.kind === 'gated') return <p className={css.message}>{words.panel.notInTier}</p>;
  return (
    <div className={css.message} role="alert">
      <AttentionIcon size={20} />
      <p className={css.failed}>{message}</p>
      <p className={css.codes}>
        {words.panel.code} {code}
        {requestId && <> · {words.panel.request} {requestId}</>}
      </p>
      {onRetry && <button type="button" className={css.retry} onClick={onRetry}>{words.panel.retry}</button>}
    </div>
  );
}
