import { Skeleton } from '../kit/Skeleton';
import css from './Shell.module.css';

/** While it is not known who is here, or a page is on its way. */
export function Starting() {
  return <div className={css.starting}><Skeleton /></div>;
}
