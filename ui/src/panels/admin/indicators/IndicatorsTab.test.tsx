import { fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test } from 'vitest';
import { liveIn, show } from '../../../test/states';
import { answerBy, ok, refused, type Sent, wrapped } from '../answers';
import { indicatorOf, scheduleOf } from '../samples';
import { testStates } from '../stateTests';
import { IndicatorsTab } from './IndicatorsTab';

const PATH = '/api/admin/economic-indicators';
const NFP = indicatorOf();
const CPI = indicatorOf({ id: '0193f2a4-0000-7000-8000-000000000002', key: 'cpi', name: 'Consumer Price Index', rating: 9, rule_json: null, cadence: 'manual', aliases: [], is_active: false });
const FULL = { [`GET ${PATH}/rolling-schedule`]: wrapped(scheduleOf()), [`GET ${PATH}`]: wrapped([NFP, CPI]) };
const NOTHING = { [`GET ${PATH}/rolling-schedule`]: refused(404, 'no_data', 'There is no data yet.'), [`GET ${PATH}`]: wrapped([]) };

const open = async (routes: Parameters<typeof answerBy>[0] = {}): Promise<Sent[]> => {
  const asked = answerBy({ ...FULL, ...routes });
  render(<IndicatorsTab />);
  await screen.findByRole('button', { name: 'Non-Farm Payrolls' });
  return asked;
};
const button = (name: string | RegExp) => screen.getByRole('button', { name });
const sent = (asked: Sent[], method: string) => asked.filter((each) => each.method === method);

beforeEach(() => show(liveIn('live')));

describe('economic indicators', () => {
  describe.each([['Indicators', PATH, 'Consumer Price Index', /No indicator is known/], ['Schedule', `${PATH}/rolling-schedule`, '227K', /No schedule was made yet/]] as const)('%s', (name, path, shows, says) => {
    testStates({ element: <IndicatorsTab />, name, paths: [path], full: FULL, shows, empty: { routes: NOTHING, says } });
  });

  test('the table tells tier, cadence and next release; the search narrows it', async () => {
    await open();
    expect(await screen.findByRole('row', { name: /Non-Farm Payrolls.*Fri 5 Dec/ })).toHaveTextContent('10 criticalfirst Friday, 08:30Fri 5 Decyes');
    await userEvent.click(screen.getByRole('switch', { name: 'Only active' }));
    expect(screen.queryByRole('button', { name: 'Consumer Price Index' })).not.toBeInTheDocument();
    await userEvent.type(screen.getByRole('searchbox'), 'xyz');
    expect(screen.getByText('No indicator matches.')).toBeInTheDocument();
  });

  test('the schedule shows days, times and results', async () => {
    await open();
    const schedule = await screen.findByText('227K');
    expect(schedule.closest('li')).toHaveTextContent('08:30 ETNon-Farm Payrolls10 critical227K, expected 214K: above');
    expect(screen.getByText('time open')).toBeInTheDocument();
  });

  test('no schedule yet', async () => {
    answerBy(NOTHING);
    render(<IndicatorsTab />);
    expect(await screen.findByText(/No schedule was made yet/)).toBeInTheDocument();
  });

  test('an indicator is made; the slider says its tier', async () => {
    const asked = await open({ [`POST ${PATH}`]: wrapped(CPI) });
    await userEvent.click(button('New indicator'));
    expect(screen.getByLabelText('Key')).toHaveFocus();
    fireEvent.change(screen.getByLabelText('Key'), { target: { value: 'jackson_hole' } });
    fireEvent.change(screen.getByLabelText('Name'), { target: { value: 'Jackson Hole' } });
    fireEvent.change(screen.getByRole('slider', { name: 'Rating' }), { target: { value: '8' } });
    expect(screen.getByRole('slider')).toHaveAttribute('aria-valuetext', '8: high');
    await userEvent.selectOptions(screen.getByLabelText('Cadence'), 'A weekday of the month');
    await userEvent.selectOptions(screen.getByLabelText('Which one'), 'third');
    await userEvent.selectOptions(screen.getByLabelText('Weekday'), 'Friday');
    await userEvent.type(screen.getByLabelText('Other names'), 'Symposium{Enter}JH');
    await userEvent.click(button('Save'));
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
    expect(sent(asked, 'POST')[0]?.body).toEqual({
      key: 'jackson_hole', name: 'Jackson Hole', rating: 8, description: null, is_active: true, release_time_et: '08:30',
      rule_json: { type: 'nth_weekday', weekday: 5, n: 3 }, aliases: ['Symposium', 'JH'],
    });
    expect(asked.filter(({ method, url }) => method === 'GET' && url === PATH)).toHaveLength(2);
    expect(button('New indicator')).toHaveFocus();
  });

  test('the key is fixed afterwards', async () => {
    const asked = await open({ [`PUT ${PATH}/${NFP.id}`]: wrapped(NFP) });
    await userEvent.click(button('Non-Farm Payrolls'));
    expect(screen.getByLabelText('Key')).toHaveAttribute('readonly');
    expect(screen.getByLabelText('Key')).toHaveAccessibleDescription('The key is fixed once the indicator exists.');
    await userEvent.selectOptions(screen.getByLabelText('Cadence'), 'By hand');
    await userEvent.click(button('Save'));
    expect(sent(asked, 'PUT')[0]?.body).toMatchObject({ name: 'Non-Farm Payrolls', rule_json: null });
    expect(sent(asked, 'PUT')[0]?.body).not.toHaveProperty('key');
  });

  test('what is wrong is told at its field before anything is sent, and the first such field has the focus', async () => {
    const asked = await open();
    await userEvent.click(button('New indicator'));
    await userEvent.selectOptions(screen.getByLabelText('Cadence'), 'Fixed dates');
    await userEvent.click(button('Save'));
    expect(screen.getByLabelText('Key')).toHaveFocus();
    expect(screen.getByLabelText('Key')).toHaveAccessibleDescription(/1 to 64 small letters/);
    expect(screen.getByLabelText('Name')).toBeInvalid();
    expect(screen.getByLabelText('Add a date')).toHaveAccessibleDescription('At least one date.');
    expect(sent(asked, 'POST')).toEqual([]);
  });

  test('what the gateway refuses is told at the field it names', async () => {
    await open({ [`PUT ${PATH}/${NFP.id}`]: refused(400, 'bad_request', 'aliases: expected up to 50 texts of 1 to 191 characters', { field: 'aliases' }) });
    await userEvent.click(button('Non-Farm Payrolls'));
    await userEvent.click(button('Save'));
    expect(await screen.findByLabelText('Other names')).toHaveAccessibleDescription(/Expected up to 50 texts of 1 to 191 characters\./);
    expect(screen.getByLabelText('Other names')).toHaveFocus();
    await userEvent.type(screen.getByLabelText('Other names'), 'x');
    expect(screen.getByLabelText('Other names')).toBeValid();
  });

  test('a key that exists already is told at the key; anything else beside the form', async () => {
    await open({ [`POST ${PATH}`]: ({ body }) => ((body as { key: string }).key === 'nfp' ? refused(409, 'conflict', 'there is an indicator nfp already') : refused(503, 'db_unavailable', 'The database is away.')) });
    await userEvent.click(button('New indicator'));
    await userEvent.type(screen.getByLabelText('Key'), 'nfp');
    await userEvent.type(screen.getByLabelText('Name'), 'Payrolls');
    await userEvent.click(button('Save'));
    expect(screen.getByLabelText('Key')).toHaveAccessibleDescription(/There is an indicator with this key already/);
    await userEvent.type(screen.getByLabelText('Key'), '2');
    await userEvent.click(button('Save'));
    expect(await screen.findByText(/The database is away/)).toBeInTheDocument();
    expect(screen.getByRole('dialog')).toBeInTheDocument();
  });

  test('is deleted after a second yes: it rests, and can be put back', async () => {
    const asked = await open({ [`DELETE ${PATH}/${NFP.id}`]: wrapped({ ...NFP, is_active: false }) });
    await userEvent.click(button('Non-Farm Payrolls'));
    await userEvent.click(button('Delete'));
    expect(screen.getByText(/Take Non-Farm Payrolls out of the schedule\?/)).toBeInTheDocument();
    expect(button('Keep it')).toHaveFocus();
    expect(sent(asked, 'DELETE')).toEqual([]);
    await userEvent.click(button('Yes, take it out'));
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
    expect(sent(asked, 'DELETE')).toHaveLength(1);
    expect(asked.filter(({ method, url }) => method === 'GET' && url === PATH)).toHaveLength(2);
    await userEvent.click(button('Consumer Price Index'));
    expect(screen.queryByRole('button', { name: 'Delete' })).not.toBeInTheDocument();
  });

  test('why it was not deleted is told', async () => {
    await open({ [`DELETE ${PATH}/${NFP.id}`]: refused(503, 'db_unavailable', 'Stored data is out of reach for a moment.') });
    await userEvent.click(button('Non-Farm Payrolls'));
    await userEvent.click(button('Delete'));
    await userEvent.click(button('Yes, take it out'));
    expect(await screen.findByText(/Stored data is out of reach/)).toHaveTextContent('Code db_unavailable · Request r-5b1d');
    expect(button('Delete')).toBeEnabled();
  });

  test('dates are added in order and taken away', async () => {
    const asked = await open({ [`PUT ${PATH}/${CPI.id}`]: wrapped(CPI) });
    await userEvent.click(button('Consumer Price Index'));
    await userEvent.selectOptions(screen.getByLabelText('Cadence'), 'Fixed dates');
    for (const date of ['2027-03-10', '2027-01-13', '2027-02-10']) {
      fireEvent.change(screen.getByLabelText('Add a date'), { target: { value: date } });
      await userEvent.click(button('Add'));
    }
    await userEvent.click(button('Remove 2027-02-10'));
    expect(within(screen.getByRole('list', { name: 'Dates' })).getAllByRole('button').map((each) => each.textContent)).toEqual(['Wed 13 Jan 2027', 'Wed 10 Mar 2027']);
    await userEvent.click(button('Save'));
    expect(sent(asked, 'PUT')[0]?.body).toMatchObject({ rule_json: { type: 'fixed_dates', dates: ['2027-01-13', '2027-03-10'] } });
  });

  test('a result is entered and judged by the gateway', async () => {
    const asked = await open({ [`POST ${PATH}/result`]: wrapped({ date: '2025-12-05', key: 'nfp', actual: '227K', expected: '214K', status: 'beat' }) });
    await userEvent.click(button('Enter a result'));
    await userEvent.click(button('Save the result'));
    expect(screen.getByLabelText('Indicator')).toHaveAccessibleDescription('Choose an indicator.');
    expect(within(screen.getByLabelText('Indicator')).queryByRole('option', { name: 'Consumer Price Index' })).not.toBeInTheDocument();
    await userEvent.selectOptions(screen.getByLabelText('Indicator'), 'Non-Farm Payrolls');
    fireEvent.change(screen.getByLabelText(/Date of the release/), { target: { value: '2025-12-05' } });
    await userEvent.type(screen.getByLabelText('Actual'), '227K');
    await userEvent.type(screen.getByLabelText('Expected'), '214K');
    await userEvent.click(button('Save the result'));
    expect(await screen.findByText(/Saved: Non-Farm Payrolls 227K, above/)).toBeInTheDocument();
    expect(sent(asked, 'POST')[0]?.body).toEqual({ key: 'nfp', date: '2025-12-05', actual: '227K', expected: '214K' });
  });

  test('the schedule is made anew for so many days', async () => {
    const asked = await open({ [`POST ${PATH}/build-rolling`]: wrapped(scheduleOf()) });
    const days = await screen.findByLabelText('Days');
    await screen.findByText('227K');
    expect(days).toHaveValue('15');
    await userEvent.clear(days);
    await userEvent.type(days, '61');
    expect(days).toHaveAccessibleDescription(/A whole number from 1 to 60/);
    expect(button('Rebuild')).toBeDisabled();
    await userEvent.clear(days);
    await userEvent.type(days, '30{Enter}');
    expect(await screen.findByText('Made for 30 days.')).toBeInTheDocument();
    expect(sent(asked, 'POST')[0]?.body).toEqual({ window_days: 30 });
  });

  test('an answer without data is no list', async () => {
    answerBy({ ...FULL, [`GET ${PATH}`]: ok(null) });
    render(<IndicatorsTab />);
    expect(await screen.findByText(/in a way this page does not understand/)).toBeInTheDocument();
  });
});
