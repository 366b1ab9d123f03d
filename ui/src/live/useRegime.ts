import { useCallback } from 'react';
import { ApiError, getData } from '../api/client';
import { type Fetched, useFetched } from '../api/useFetched';
import type { BiasLfi, MarketMode, VixRegime } from '../wire';
import type { Frame } from './frames';
import { take, useLine, useModels } from './stores';

/** Market mode, bias and VIX regime come with the stream; those that did not are asked for. */
export function useRegime(symbol: string): Fetched {
  const isComplete = useLine((line) => line.link.hasSnapshot);
  const isMissing = useModels((models) => models.modes[symbol] === undefined || models.biases[symbol] === undefined || models.vixRegime === null) && isComplete;
  const load = useCallback(async (signal: AbortSignal) => {
    if (!isMissing) return;
    const answers = await Promise.allSettled([
      getData<MarketMode>('/api/models/market_mode', signal), getData<BiasLfi>('/api/models/bias_lfi', signal), getData<VixRegime>('/api/models/vix_regime', signal),
    ] as const);
    const [mode, bias, vix] = answers;
    const frames: Frame[] = [];
    if (mode.status === 'fulfilled') frames.push({ event: 'market_mode', data: mode.value });
    if (bias.status === 'fulfilled') frames.push({ event: 'bias_lfi', data: bias.value });
    if (vix.status === 'fulfilled') frames.push({ event: 'vix_regime', data: vix.value });
    take(frames);
    // One that is not there yet must not hide why another could not be read.
    const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    const worst = reasons.find((reason) => !(reason instanceof ApiError && reason.code === 'no_data')) ?? reasons[0];
    if (worst !== undefined) throw worst;
  }, [isMissing]);
  return useFetched(load, symbol);
}
