import { type RiskInput, type RiskPicture, riskPicture } from '../../kit/risk/picture';

export type RiskQuestion = RiskInput;
export type RiskAnswer = RiskPicture | null;

self.addEventListener('message', ({ data }: MessageEvent<RiskQuestion>) => {
  const picture: RiskAnswer = riskPicture(data);
  const buffers = picture ? [picture.xs, picture.expiry, picture.today, ...picture.between, ...picture.each.flatMap(({ expiry, today }) => [expiry, today])].map(({ buffer }) => buffer) : [];
  self.postMessage(picture, { transfer: buffers });
});
