import { Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { useAppearance } from '../kit/appearance';
import { useSession } from '../live/session';
import { PageBoundary } from './PageBoundary';
import { AdminPage, BlockedPage, LoginPage, NotFoundPage, SettingsPage, WorkspacePage } from './pages';
import { SignedIn } from './SignedIn';
import { Starting } from './Starting';

const FIRST_SETTINGS = '/settings/profile';

/** Which page an address is. */
export function App() {
  useAppearance();
  return (
    <PageBoundary>
      <Suspense fallback={<Starting />}>
        <Routes>
          <Route path="login" element={<LoginPage />} />
          <Route path="blocked" element={<BlockedPage />} />
          <Route element={<SignedIn />}>
            <Route index element={<WorkspacePage />} />
            <Route path="settings" element={<Navigate to={FIRST_SETTINGS} replace />} />
            <Route path="settings/:tab" element={<SettingsPage />} />
            <Route path="profile" element={<Navigate to={FIRST_SETTINGS} replace />} />
            <Route path="admin" element={<Navigate to="/admin/overview" replace />} />
            <Route path="admin/:tab" element={<Admin />} />
            <Route path="*" element={<NotFoundPage />} />
          </Route>
        </Routes>
      </Suspense>
    </PageBoundary>
  );
}

/** For everybody but administrators there is nothing here. */
function Admin() {
  const isAdmin = useSession(({ me }) => (me === null ? null : me.is_admin));
  if (isAdmin === null) return <Starting />;
  return isAdmin ? <AdminPage /> : <NotFoundPage />;
}
