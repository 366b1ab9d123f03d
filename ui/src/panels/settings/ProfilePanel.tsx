import { type ReactNode, useCallback, useState } from 'react';
import { useFetched } from '../../api/useFetched';
import { NOTHING, userMoment } from '../../kit/format';
import { Panel } from '../../kit/Panel';
import { Skeleton, SkeletonBlock } from '../../kit/Skeleton';
import { usePanelState } from '../../live/hooks';
import { loadProfile, useSession } from '../../live/session';
import { serverNow } from '../../live/line';
import { useLine } from '../../live/stores';
import type { Profile } from '../../wire';
import css from './Settings.module.css';
import { settingsWords } from './words';
import { ZoneField } from './ZoneField';

const words = settingsWords.profile;

/** Who the user is to this desk, and the zone of their times. */
export function ProfilePanel() {
  const profile = useSession((session) => session.profile);
  const isPublic = useSession((session) => session.me?.sid === null);
  const revision = useLine((line) => line.revision);
  const [readTs, setReadTs] = useState<number | null>(null);
  const load = useCallback(async (signal: AbortSignal) => {
    await loadProfile(signal);
    setReadTs(serverNow(useLine.getState()));
  }, []);
  const { failure, isFetching, retry } = useFetched(load, revision);
  // What is read by the page's start is as good; a profile does not grow old.
  const state = usePanelState({ ts: profile === null ? null : (readTs ?? Infinity), limitSec: Infinity, failure, isFetching });
  return (
    <Panel title={words.title} state={state} asOf={readTs} empty={words.empty} onRetry={retry} skeleton={<ProfileSkeleton />}>
      {profile && (
        <div className={css.body}>
          <dl className={css.facts}>
            <Fact name={words.name}>{profile.display_name}</Fact>
            <Fact name={words.email}>{profile.email}</Fact>
            <Fact name={words.site}>{profile.issuer}</Fact>
            <Fact name={words.roles}>{profile.roles.join(', ') || words.noRoles}</Fact>
            <Fact name={words.tier}>{tierText(profile)}</Fact>
            <Fact name={words.since}>{profile.created_at === null ? NOTHING : userMoment(profile.created_at)}</Fact>
          </dl>
          <ZoneField zone={profile.timezone} />
          {isPublic && <p className={css.hint}>{words.demo}</p>}
        </div>
      )}
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <div className={css.fact}><dt>{name}</dt><dd>{children}</dd></div>;
}

function tierText({ tier, subscription_tier: bought }: Profile): string {
  const name = tier.charAt(0).toUpperCase() + tier.slice(1);
  return bought ? `${name} · ${bought}` : name;
}

function ProfileSkeleton() {
  return <Skeleton><div className={css.body}><SkeletonBlock height={168} /><SkeletonBlock height={72} /></div></Skeleton>;
}
