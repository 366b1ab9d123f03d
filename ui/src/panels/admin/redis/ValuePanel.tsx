import { useState } from 'react';
import { Button } from '../../../kit/Button';
import { age } from '../../../kit/format';
import { Panel } from '../../../kit/Panel';
import type { RedisValue } from '../../../wire';
import { useAsked } from '../useAsked';
import { type Bus, sizeText, valuePath, written } from './keys';
import css from './RedisTab.module.css';
import { redisWords as text } from './words';

/** What a key holds. */
export function ValuePanel({ bus, name, className }: { bus: Bus; name: string | null; className: string | undefined }) {
  if (name === null) return <Panel title={text.value} state={{ kind: 'empty' }} empty={text.choose} className={className}>{null}</Panel>;
  return <Value key={`${bus} ${name}`} bus={bus} name={name} className={className} />;
}

function Value({ bus, name, className }: { bus: Bus; name: string; className: string | undefined }) {
  const asked = useAsked<RedisValue>({ path: valuePath(bus, name), everyMs: null });
  const { value, state } = asked;
  const isGone = state.kind === 'error' && state.failure.code === 'not_found';
  const shown = isGone ? { ...state, failure: { ...state.failure, message: text.gone } } : state;
  return (
    <Panel
      title={text.value}
      state={shown}
      asOf={asked.ts}
      empty={text.gone}
      onRetry={asked.reload}
      className={className}
      actions={value && <><CopyButton content={written(value.value)} /><Button onClick={asked.reload}>{text.reload}</Button></>}
    >
      {value && (
        <>
          <p className={css.facts}>
            <code>{value.key}</code>
            <span>{value.type}</span>
            <span>{sizeText(value)}</span>
            <span>{text.ttl} {value.ttl === null ? text.forever : age(value.ttl)}</span>
          </p>
          {value.truncated && <p className={css.cut}>{text.cut}</p>}
          <pre className={css.content} role="region" tabIndex={0} aria-label={text.content}>{written(value.value)}</pre>
        </>
      )}
    </Panel>
  );
}

function CopyButton({ content }: { content: string }) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(content);
      setSaid(text.copied);
    } catch {
      setSaid(text.notCopied);
    }
  };
  return <><span role="status" className={css.note}>{said}</span><Button onClick={() => void copy()}>{text.copy}</Button></>;
}
