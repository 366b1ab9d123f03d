"""The vendor's official Python client against the simulator, unchanged.

Usage: client.py HOST:PORT. Ends with exit code 0 and the line "all held", or with the assertion that failed.
"""

import asyncio
import itertools
import sys

from massive import RESTClient, WebSocketClient
from massive.exceptions import AuthError, BadResponse

ADDRESS = sys.argv[1]
KEY = "official-client"
SYMBOLS = ["I:SPX", "I:NDX", "I:VIX", "I:RUT", "I:XSP", "SPY", "QQQ", "AAPL", "NVDA", "NO-SUCH"]


def rest():
    client = RESTClient(api_key=KEY, base=f"http://{ADDRESS}")

    found = list(client.list_universal_snapshots(ticker_any_of=SYMBOLS, limit=3))
    assert [item.ticker for item in found] == sorted(SYMBOLS), "four pages, in order"
    by_ticker = {item.ticker: item for item in found}
    assert by_ticker["NO-SUCH"].error == "NOT_FOUND"
    spx, spy = by_ticker["I:SPX"], by_ticker["SPY"]
    assert spx.type == "indices" and 5000 < spx.value < 8000
    assert spx.session.previous_close > 0 and spx.market_status == "open"
    assert spy.last_trade.price > 0 and spy.last_quote.bid < spy.last_quote.ask
    assert spy.last_minute.close > 0 and spy.session.volume > 0

    indices = client.get_snapshot_indices(ticker_any_of=["I:SPX", "I:VIX"])
    assert [item.ticker for item in indices] == ["I:SPX", "I:VIX"]
    stock = client.get_snapshot_ticker("stocks", "AAPL")
    assert stock.prev_day.close > 0 and stock.last_trade.price > 0 and stock.min.timestamp > 0

    bars = list(client.list_aggs("SPY", 1, "minute", "2025-11-19", "2025-11-20", limit=500))
    assert len(bars) == 2 * 960, len(bars)
    assert all(a.timestamp < b.timestamp for a, b in itertools.pairwise(bars))
    assert all(bar.low <= bar.open <= bar.high and bar.volume > 0 for bar in bars)
    years = client.get_aggs("I:SPX", 1, "day", "2020-11-20", "2025-11-20", limit=50000)
    assert len(years) > 1250 and years[0].volume is None

    near = {"expiration_date": "2025-11-24", "strike_price.gte": 6500, "strike_price.lte": 6700}
    chain = list(client.list_snapshot_options_chain("I:SPX", params={**near, "limit": 50}))
    assert len(chain) == 2 * 41, "two pages"
    assert {item.details.expiration_date for item in chain} == {"2025-11-24"}
    assert all(item.last_quote.bid < item.last_quote.ask for item in chain)
    assert all(0 < item.implied_volatility < 1 and item.greeks.gamma > 0 for item in chain)
    assert all(item.open_interest > 0 and item.underlying_asset.value == chain[0].underlying_asset.value for item in chain)
    single = client.get_snapshot_option("I:SPX", "O:SPXW251124C06600000")
    assert single.details.strike_price == 6600 and single.details.contract_type == "call"
    contracts = list(client.list_options_contracts("SPX", params=near, limit=30))
    assert [item.ticker for item in contracts] == [item.details.ticker for item in chain]
    assert client.get_options_contract("O:SPXW251124C06600000").exercise_style == "european"
    option_bars = list(client.list_aggs("O:SPXW251124C06600000", 1, "minute", "2025-11-21", "2025-11-21"))
    assert option_bars and all(bar.low <= bar.vwap <= bar.high for bar in option_bars)
    assert len(list(itertools.islice(client.list_quotes("O:SPXW251124C06600000", limit=40), 100))) == 100

    previous = client.get_previous_close_agg("SPY")[0]
    assert client.get_daily_open_close_agg("SPY", "2025-11-20").close == previous.close
    assert client.get_last_trade("SPY").price > 0
    assert client.get_last_quote("SPY").bid_price > 0
    trades = list(itertools.islice(client.list_trades("SPY", limit=40), 100))
    assert len(trades) == 100 and len({trade.sequence_number for trade in trades}) == 100
    assert len(list(itertools.islice(client.list_quotes("SPY", limit=40), 100))) == 100
    assert client.get_market_status().market == "open"
    assert client.get_market_holidays()[0].name == "Thanksgiving"

    try:
        client.get_last_trade("NO-SUCH")
        raise AssertionError("a ticker that does not exist was found")
    except BadResponse as refused:
        assert "NOT_FOUND" in str(refused)


async def listen(market, topics, more, wanted):
    """Reads until every wanted kind of event has come; half-way it changes its subscriptions."""
    client = WebSocketClient(api_key=KEY, feed=ADDRESS, market=market, subscriptions=topics, secure=False)
    seen = {}

    async def hear(messages):
        for message in messages:
            seen.setdefault((message.event_type, getattr(message, "symbol", None) or message.ticker), message)
        if seen and more:
            client.subscribe(*more)
            client.unsubscribe(topics[0])
        if wanted <= seen.keys():
            await client.close()

    await asyncio.wait_for(client.connect(hear), 20)
    assert wanted <= seen.keys(), f"{wanted - seen.keys()} did not come"
    return seen


async def sockets():
    indices = await listen(
        "indices", ["V.I:SPX", "A.I:SPX"], ["V.I:VIX"], {("V", "I:SPX"), ("A", "I:SPX"), ("V", "I:VIX")}
    )
    assert 5000 < indices[("V", "I:SPX")].value < 8000
    stocks = await listen("stocks", ["T.SPY", "Q.SPY", "A.SPY"], [], {("T", "SPY"), ("Q", "SPY"), ("A", "SPY")})
    assert stocks[("T", "SPY")].price > 0 and stocks[("T", "SPY")].sequence_number > 0
    assert stocks[("Q", "SPY")].bid_price < stocks[("Q", "SPY")].ask_price
    assert stocks[("A", "SPY")].accumulated_volume >= stocks[("A", "SPY")].volume > 0

    refused = WebSocketClient(api_key="", feed=ADDRESS, market="stocks", subscriptions=["T.SPY"], secure=False)
    try:
        await asyncio.wait_for(refused.connect(lambda messages: None), 10)
        raise AssertionError("an empty key was accepted")
    except AuthError:
        pass


rest()
asyncio.run(sockets())
print("all held")
