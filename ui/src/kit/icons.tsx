import type { ReactNode } from 'react';

function Icon({ size = 14, children }: { size?: number; children: ReactNode }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

interface Size {
  size?: number;
}

export const AttentionIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="M8 5.2v3.4M8 11.1v.1" /><circle cx="8" cy="8" r="6.25" /></Icon>
);
export const UnplugIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="M2.5 8.5a8 8 0 0 1 3-2M13.5 8.5a8 8 0 0 0-2.3-1.7M5 11a4.3 4.3 0 0 1 6 0M8 13.3v.1M2.5 2.5l11 11" /></Icon>
);
export const SunIcon = ({ size = 16 }: Size) => (
  <Icon size={size}><circle cx="8" cy="8" r="2.75" /><path d="M8 1.75v1M8 13.25v1M1.75 8h1M13.25 8h1M3.6 3.6l.7.7M11.7 11.7l.7.7M3.6 12.4l.7-.7M11.7 4.3l.7-.7" /></Icon>
);
export const MoonIcon = ({ size = 16 }: Size) => (
  <Icon size={size}><path d="M13.25 9.5A5.5 5.5 0 0 1 6.5 2.75a5.5 5.5 0 1 0 6.75 6.75Z" /></Icon>
);
export const ChartIcon = ({ size = 18 }: Size) => (
  <Icon size={size}><path d="M4 3v10M12 3v10M8 2v12" /><path d="M2.75 5.5h2.5v5h-2.5zM6.75 4h2.5v6h-2.5zM10.75 6.5h2.5v4h-2.5z" fill="var(--surface)" /></Icon>
);
export const TilesIcon = ({ size = 18 }: Size) => (
  <Icon size={size}><rect x="2.25" y="2.25" width="4.75" height="4.75" rx="1" /><rect x="9" y="2.25" width="4.75" height="4.75" rx="1" /><rect x="2.25" y="9" width="4.75" height="4.75" rx="1" /><rect x="9" y="9" width="4.75" height="4.75" rx="1" /></Icon>
);
export const PulseIcon = ({ size = 18 }: Size) => (
  <Icon size={size}><path d="M1.75 8.5h2.7L6.3 3.5l3.2 9 1.9-4h2.85" /></Icon>
);
export const ListIcon = ({ size = 18 }: Size) => (
  <Icon size={size}><path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.4 4h.1M2.4 8h.1M2.4 12h.1" /></Icon>
);
export const TableIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><rect x="2" y="2.75" width="12" height="10.5" rx="1.5" /><path d="M2 6.5h12M6.5 6.5v6.75" /></Icon>
);

export const LayersIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="m8 2 6 3-6 3-6-3z" /><path d="m2.5 8.2 5.5 2.8 5.5-2.8M2.5 11.2 8 14l5.5-2.8" /></Icon>
);
export const HeatIcon = ({ size = 18 }: Size) => (
  <Icon size={size}><rect x="2" y="2" width="12" height="12" rx="1.5" /><path d="M6 2v12M10 2v12M2 6h12M2 10h12" /></Icon>
);
export const GravityIcon = ({ size = 18 }: Size) => (
  <Icon size={size}><circle cx="8" cy="8" r="2" /><path d="M2 8a6 6 0 0 1 6-6M14 8a6 6 0 0 1-6 6M4.5 13a6 6 0 0 1-1.6-1.9M11.5 3a6 6 0 0 1 1.6 1.9" /></Icon>
);
export const TargetIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><circle cx="8" cy="8" r="4.25" /><path d="M8 1.75v3M8 11.25v3M1.75 8h3M11.25 8h3" /></Icon>
);

export const CloseIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="m3.5 3.5 9 9M12.5 3.5l-9 9" /></Icon>
);

export const CaretIcon = ({ size = 10 }: Size) => (
  <Icon size={size}><path d="m3 5.5 5 5 5-5" /></Icon>
);

export const TentIcon = ({ size = 18 }: Size) => (
  <Icon size={size}><path d="M1.75 11.5h3L8 3.5l3.25 8h3" /><path d="M1.75 8.5h12.5" strokeDasharray="1 2.2" /></Icon>
);
export const ChevronIcon = ({ size = 14, way }: Size & { way: 'down' | 'right' }) => (
  <Icon size={size}><path d={way === 'down' ? 'm4 6 4 4 4-4' : 'm6 4 4 4-4 4'} /></Icon>
);
export const GripIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="M6 3.5v.1M10 3.5v.1M6 8v.1M10 8v.1M6 12.5v.1M10 12.5v.1" strokeWidth="2" /></Icon>
);
export const RestoreIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="M6.5 2.5v4h-4M9.5 13.5v-4h4M6.2 6.2 2.5 2.5M9.8 9.8l3.7 3.7" /></Icon>
);

export const EyeIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="M1.75 8S4 3.75 8 3.75 14.25 8 14.25 8 12 12.25 8 12.25 1.75 8 1.75 8Z" /><circle cx="8" cy="8" r="1.75" /></Icon>
);
export const EyeOffIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="M3.2 5.6A11 11 0 0 0 1.75 8S4 12.25 8 12.25c.9 0 1.7-.2 2.4-.5M6.3 4c.5-.15 1.1-.25 1.7-.25 4 0 6.25 4.25 6.25 4.250a11 11 0 0 1-1.6 2.200M2.5 2.500l11 11" /></Icon>
);
export const PencilIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="m10.75 2.75 2.5 2.500L5.5 13H3v-2.500z" /></Icon>
);
export const CopyIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><rect x="5.5" y="5.5" width="8" height="8" rx="1.25" /><path d="M10.5 5.500V3.750c0-.7-.55-1.25-1.25-1.250h-5.500c-.7 0-1.25.55-1.25 1.250v5.500c0 .7.55 1.25 1.25 1.250H5.5" /></Icon>
);
export const TrashIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="M2.75 4.500h10.500M6.25 4.500V2.750h3.500V4.500M4.25 4.500l.6 8.750h6.300l.6-8.75" /></Icon>
);
export const UpIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="M8 13V3.500M4 7.25 8 3.250l4 4" /></Icon>
);
export const DownIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="M8 3v9.500M4 8.750l4 4 4-4" /></Icon>
);
export const PlusIcon = ({ size = 14 }: Size) => (
  <Icon size={size}><path d="M8 3v10M3 8h10" /></Icon>
);

/** A triangle that points with the price. */
export function DirectionMark({ way }: { way: 'up' | 'down' | 'flat' }) {
  if (way === 'flat') return null;
  return (
    <svg width="8" height="8" viewBox="0 0 8 8" fill="currentColor" aria-hidden="true" focusable="false">
      <path d={way === 'up' ? 'M4 1 7.5 7h-7z' : 'M4 7 .5 1h7z'} />
    </svg>
  );
}

export function BrandMark() {
  return (
    <svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <g fill="var(--accent)">
        <rect x="3" y="11" width="4" height="10" rx="1.25" />
        <rect x="10" y="3" width="4" height="18" rx="1.25" />
        <rect x="17" y="7" width="4" height="10" rx="1.25" opacity=".5" />
      </g>
    </svg>
  );
}
