import type { Right } from '../../api/positions';

/** European options without dividend. Times in years, volatility and rate 1.00 = 100 % a year, values in points. */

const SQRT_2PI = Math.sqrt(2 * Math.PI);
/** Beyond this many deviations the tail is nothing in a double. */
const FAR = 37;
/** Where Hart's fraction gives way to the continued fraction. */
const HART_END = 7.071_067_811_865_475;

/** Probability that a standard normal is at most `x`; Hart's rational approximation in double precision (West, 2005). */
export function normalCdf(x: number): number {
  const z = Math.abs(x);
  if (z > FAR) return x > 0 ? 1 : 0;
  const tail = Math.exp((-z * z) / 2) * (z < HART_END ? hart(z) : 1 / (SQRT_2PI * (z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65)))))));
  return x > 0 ? 1 - tail : tail;
}

function hart(z: number): number {
  const top =
    (((((0.035_262_496_599_891_1 * z + 0.700_383_064_443_688) * z + 6.373_962_203_531_65) * z + 33.912_866_078_383) * z + 112.079_291_497_871) * z + 221.213_596_169_931) * z +
    220.206_867_912_376;
  const bottom =
    ((((((0.088_388_347_648_318_4 * z + 1.755_667_163_182_64) * z + 16.064_177_579_207) * z + 86.780_732_202_946_1) * z + 296.564_248_779_674) * z + 637.333_633_378_831) * z +
      793.826_512_519_948) * z +
    440.413_735_824_752;
  return top / bottom;
}

export function intrinsic(right: Right, spot: number, strike: number): number {
  return Math.max(0, right === 'call' ? spot - strike : strike - spot);
}

/** Without time or volatility left it is the intrinsic value. */
export function optionValue(right: Right, spot: number, strike: number, years: number, rate: number, vol: number): number {
  if (years <= 0 || vol <= 0) return intrinsic(right, spot, strike);
  const discounted = strike * Math.exp(-rate * years);
  if (spot <= 0) return right === 'call' ? 0 : discounted;
  const deviation = vol * Math.sqrt(years);
  const d1 = (Math.log(spot / strike) + rate * years) / deviation + deviation / 2;
  const d2 = d1 - deviation;
  return right === 'call' ? spot * normalCdf(d1) - discounted * normalCdf(d2) : discounted * normalCdf(-d2) - spot * normalCdf(-d1);
}

/** Theta is per year, vega per 1.00 of volatility. */
export interface Greeks {
  delta: number;
  gamma: number;
  theta: number;
  vega: number;
}

/** Sensitivities of one bought option. An expired one has its delta only. */
export function optionGreeks(right: Right, spot: number, strike: number, years: number, rate: number, vol: number): Greeks {
  if (years <= 0 || vol <= 0 || spot <= 0) {
    const isInside = intrinsic(right, spot, strike) > 0;
    return { delta: isInside ? (right === 'call' ? 1 : -1) : 0, gamma: 0, theta: 0, vega: 0 };
  }
  const root = Math.sqrt(years);
  const d1 = (Math.log(spot / strike) + rate * years) / (vol * root) + (vol * root) / 2;
  const d2 = d1 - vol * root;
  const density = Math.exp((-d1 * d1) / 2) / SQRT_2PI;
  const carry = rate * strike * Math.exp(-rate * years);
  const decay = (-spot * density * vol) / (2 * root);
  return {
    delta: right === 'call' ? normalCdf(d1) : normalCdf(d1) - 1,
    gamma: density / (spot * vol * root),
    theta: right === 'call' ? decay - carry * normalCdf(d2) : decay + carry * normalCdf(-d2),
    vega: spot * density * root,
  };
}
