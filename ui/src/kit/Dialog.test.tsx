import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test, vi } from 'vitest';
import { Button } from './Button';
import { Dialog } from './Dialog';
import { TextField } from './Field';

function Page({ onClose }: { onClose?: () => void }) {
  const [isOpen, setIsOpen] = useState(false);
  const [text, setText] = useState('');
  const close = () => {
    setIsOpen(false);
    onClose?.();
  };
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Open</Button>
      {isOpen && <Dialog title="Note" onClose={close} actions={<Button onClick={close}>Done</Button>}><TextField label="Text" value={text} onChange={setText} error={text === '' ? 'Missing.' : null} hint="Short." /></Dialog>}
    </>
  );
}

const open = async (onClose?: () => void) => {
  render(<Page {...(onClose && { onClose })} />);
  await userEvent.click(screen.getByRole('button', { name: 'Open' }));
};

test('focus begins at the first field, stays inside, and goes back', async () => {
  await open();
  expect(screen.getByRole('textbox')).toHaveFocus();
  for (const name of ['Done', 'Close']) {
    await userEvent.tab();
    expect(screen.getByRole('button', { name })).toHaveFocus();
  }
  await userEvent.tab({ shift: true });
  expect(screen.getByRole('button', { name: 'Done' })).toHaveFocus();
  await userEvent.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Open' })).toHaveFocus();
});

test('it has a name, and says once that it closes', async () => {
  const onClose = vi.fn();
  await open(onClose);
  expect(screen.getByRole('dialog', { name: 'Note' })).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Close' }));
  expect(onClose).toHaveBeenCalledTimes(1);
});

test('a field is tied to its hint and its error', async () => {
  await open();
  expect(screen.getByLabelText('Text')).toHaveAccessibleDescription('Short. Missing.');
  expect(screen.getByLabelText('Text')).toBeInvalid();
  await userEvent.type(screen.getByLabelText('Text'), 'x');
  expect(screen.getByLabelText('Text')).toHaveAccessibleDescription('Short.');
  expect(screen.getByLabelText('Text')).toBeValid();
});
