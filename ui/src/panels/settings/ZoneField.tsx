import { useMemo, useState } from 'react';
import { ApiError, sendJson } from '../../api/client';
import { SelectField } from '../../kit/Field';
import { words as common } from '../../kit/words';
import { useIsCut } from '../../live/hooks';
import { useSession } from '../../live/session';
import css from './Settings.module.css';
import { settingsWords } from './words';

const words = settingsWords.profile;
const BROWSER = '';

type Saving = { kind: 'idle' | 'saving' | 'saved' } | { kind: 'failed'; message: string };

/** The zone of the user's times; saved when it is chosen. */
export function ZoneField({ zone }: { zone: string | null }) {
  const [saving, setSaving] = useState<Saving>({ kind: 'idle' });
  const isCut = useIsCut();
  const options = useMemo(() => zoneOptions(zone), [zone]);

  const choose = async (value: string) => {
    const timezone = value === BROWSER ? null : value;
    put(timezone);
    setSaving({ kind: 'saving' });
    try {
      await sendJson('PUT', '/api/profile/timezone', { timezone });
      setSaving({ kind: 'saved' });
    } catch (error) {
      put(zone);
      setSaving({ kind: 'failed', message: error instanceof ApiError ? error.message : String(error) });
    }
  };

  return (
    <div className={css.zone}>
      <SelectField
        label={words.zone}
        hint={words.zoneHint}
        error={saving.kind === 'failed' ? saving.message : null}
        value={zone ?? BROWSER}
        options={options}
        disabled={isCut || saving.kind === 'saving'}
        title={isCut ? common.needsServer : undefined}
        onChange={(value) => void choose(value)}
      />
      <p className={css.saved} role="status">{saving.kind === 'saved' ? words.saved : saving.kind === 'saving' ? words.saving : ''}</p>
    </div>
  );
}

function put(timezone: string | null) {
  useSession.setState(({ profile }) => ({ profile: profile && { ...profile, timezone } }));
}

/** The browser's own zone first, then every one that it knows, and the chosen one though it may know it by another name. */
export function zoneOptions(chosen: string | null): { value: string; text: string }[] {
  const known = new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), ...(chosen === null ? [] : [chosen])]);
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [
    { value: BROWSER, text: words.browserZone(own) },
    ...[...known].toSorted().map((value) => ({ value, text: value.replaceAll('_', ' ') })),
  ];
}
