import { ApiError } from './client';

export type Right = 'call' | 'put';

/** Signed quantity: bought is positive. */
export interface Leg {
  /** `2025-11-21` */
  expiration: string;
  strike: number;
  right: Right;
  quantity: number;
}

/** What a position is made of; the rest is given when it is created. */
export interface PositionDraft {
  symbol: string;
  legs: Leg[];
  /** Points paid for one unit of the legs; received is negative. */
  cost: number;
  label: string;
  /** Number of a series colour, from 0. */
  colour: number;
  isVisible: boolean;
}

export interface Position extends PositionDraft {
  id: string;
  /** Starts at 1, one more with each change. */
  version: number;
}

/** The caller's own positions, in their order. What cannot be done is thrown as `ApiError`. */
export interface PositionsApi {
  list: () => Promise<Position[]>;
  create: (draft: PositionDraft) => Promise<Position>;
  update: (id: string, change: Partial<PositionDraft>) => Promise<Position>;
  remove: (id: string) => Promise<void>;
  /** All ids, in their new order. */
  reorder: (ids: string[]) => Promise<void>;
  /** Calls when positions changed elsewhere, until the answer is called. */
  watch: (onChange: () => void) => () => void;
}

const FORMAT = 1;
const LEGS_MAX = 8;

type Place = Pick<Storage, 'getItem' | 'setItem'>;

/** Kept in this browser until the journal keeps them: then only this function changes. */
export function positionsOf(userId: string, storage: Place = localStorage): PositionsApi {
  const place = `ms:positions:${userId}`;

  const read = (): Position[] => {
    const text = storage.getItem(place);
    if (text === null) return [];
    const { positions, isWhole } = understood(text);
    if (!isWhole) setAside(storage, `${place}:broken`, text);
    return positions;
  };
  const write = (positions: Position[]) => {
    try {
      storage.setItem(place, JSON.stringify({ format: FORMAT, positions }));
    } catch {
      throw new ApiError('storage_full', 'This browser does not keep any more positions.', 0, null);
    }
  };
  const change = (id: string, next: (held: Position) => Position): Position => {
    const positions = read();
    const held = positions.find((each) => each.id === id);
    if (!held) throw new ApiError('not_found', 'This position does not exist any more.', 404, null);
    const changed = next(held);
    write(positions.map((each) => (each.id === id ? changed : each)));
    return changed;
  };

  return {
    list: async () => read(),
    create: async (draft) => {
      const position = { ...draft, id: crypto.randomUUID(), version: 1 };
      write([...read(), position]);
      return position;
    },
    update: async (id, changes) => change(id, (held) => ({ ...held, ...changes, version: held.version + 1 })),
    remove: async (id) => write(read().filter((each) => each.id !== id)),
    reorder: async (ids) => {
      const positions = read();
      const rank = (id: string) => (ids.includes(id) ? ids.indexOf(id) : ids.length);
      write(positions.toSorted((a, b) => rank(a.id) - rank(b.id)));
    },
    watch: (onChange) => {
      const onStorage = (event: StorageEvent) => event.key === place && onChange();
      window.addEventListener('storage', onStorage);
      return () => window.removeEventListener('storage', onStorage);
    },
  };
}

/** The positions that can be read; `isWhole` is false when something could not. */
function understood(text: string): { positions: Position[]; isWhole: boolean } {
  try {
    const kept = JSON.parse(text) as { format?: unknown; positions?: unknown } | null;
    if (kept?.format !== FORMAT || !Array.isArray(kept.positions)) return { positions: [], isWhole: false };
    const positions = kept.positions.filter(isPosition);
    return { positions, isWhole: positions.length === kept.positions.length };
  } catch {
    return { positions: [], isWhole: false };
  }
}

/** What could not be read is not overwritten without a copy. */
function setAside(storage: Place, place: string, text: string) {
  try {
    storage.setItem(place, text);
  } catch {
    // Without room for a copy the readable part still matters more.
  }
}

function isPosition(value: unknown): value is Position {
  if (typeof value !== 'object' || value === null) return false;
  const of = value as Record<keyof Position, unknown>;
  return (
    typeof of.id === 'string' && Number.isInteger(of.version) && typeof of.symbol === 'string' && isNumber(of.cost) && typeof of.label === 'string' &&
    Number.isInteger(of.colour) && typeof of.isVisible === 'boolean' && Array.isArray(of.legs) && of.legs.length > 0 && of.legs.length <= LEGS_MAX && of.legs.every(isLeg)
  );
}

function isLeg(value: unknown): value is Leg {
  if (typeof value !== 'object' || value === null) return false;
  const { expiration, strike, right, quantity } = value as Record<keyof Leg, unknown>;
  return (
    typeof expiration === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(expiration) && isNumber(strike) && strike > 0 && (right === 'call' || right === 'put') &&
    Number.isInteger(quantity) && quantity !== 0
  );
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
