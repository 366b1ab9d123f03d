import { Link, useLocation } from 'react-router';
import { usePageTitle } from '../kit/usePageTitle';
import css from './Plain.module.css';
import { pageWords } from './words';

const words = pageWords.notFound;

/** For addresses that are no page, or not for this user. */
export default function NotFoundPage() {
  usePageTitle(words.title);
  const { pathname } = useLocation();
  return (
    <main id="content" className={css.middle} tabIndex={-1}>
      <h1 className={css.title}>{words.title}</h1>
      <p className={css.text}>{words.text(pathname)}</p>
      <Link className={css.link} to="/">{words.home}</Link>
    </main>
  );
}
