import { useRef, useState } from 'react';
import { Button } from '../../kit/Button';
import css from './Confirm.module.css';

export interface ConfirmProps {
  /** On the button that asks. */
  label: string;
  question: string;
  yes: string;
  no: string;
  /** Why it cannot be done now. */
  blocked: string | undefined;
  onYes: () => Promise<void>;
}

const focus = (button: HTMLButtonElement | null) => button?.focus();

/** Asks once more before something that others will notice. */
export function Confirm({ label, question, yes, no, blocked, onYes }: ConfirmProps) {
  const [isAsking, setIsAsking] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  /** The buttons of the question are gone: the focus stays in their place. */
  const answered = () => {
    setIsAsking(false);
    place.current?.focus();
  };
  return (
    <div className={css.confirm} ref={place} tabIndex={-1}>
      {isAsking ? (
        <>
          <p>{question}</p>
          {/* The button that was pressed is gone: the focus goes on to the answer that changes nothing. */}
          <Button ref={focus} onClick={answered}>{no}</Button>
          <Button look="danger" blocked={blocked} onClick={() => void onYes().then(answered)}>{yes}</Button>
        </>
      ) : (
        <Button look="danger" blocked={blocked} onClick={() => setIsAsking(true)}>{label}</Button>
      )}
    </div>
  );
}
