import { create } from 'zustand';

/** A price to be brought into view on the chart of a symbol. */
export interface Jump {
  symbol: string;
  price: number;
  /** Grows with every wish, so that the same one can be wished again. */
  count: number;
}

export const useJump = create<{ jump: Jump | null }>(() => ({ jump: null }));

/** Asks the chart to show `price`, and to mark it. */
export function jumpTo(symbol: string, price: number) {
  useJump.setState(({ jump }) => ({ jump: { symbol, price, count: (jump?.count ?? 0) + 1 } }));
}

export function endJump() {
  useJump.setState({ jump: null });
}
