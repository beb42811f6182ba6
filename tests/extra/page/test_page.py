"""The page as a person on call uses it."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from controller.page.history import History
from controller.page.server import AboutOperator
from tests.extra.page.conftest import DARK, LIGHT, NARROW, WIDE, Opened, Operator, opened


async def _axe(page: Page, script: str) -> list[str]:
    """What axe-core finds that is serious or critical."""
    await page.evaluate(script)
    found: dict[str, Any] = await page.evaluate("axe.run()")
    grave = (v for v in found["violations"] if v["impact"] in {"serious", "critical"})
    return [f"{v['id']}: {node['html'][:200]} {node['failureSummary']}" for v in grave for node in v["nodes"]]


async def test_the_list_shows_trouble_first_with_the_columns_of_kubectl_get(view: Opened) -> None:
    """Ready and its reason, backlog, oldest, replicas, objective."""
    rows = await view.page.locator("#pools tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows] == ["prod/checkout", "batch/reports", "prod/orders"]
    assert re.search(r"Not ready\s+NotPolling\s+0\s+0 s\s+0/0/40\s+100\.0 % in 15 s", rows[0])
    assert await view.text("#list-summary") == "3 pools, 1 not ready"


async def test_everything_comes_from_the_operator(view: Opened) -> None:
    """The file and its JSON: nothing from elsewhere."""
    await view.open_pool()
    assert {url.startswith((view.operator.url, "data:")) for url in view.requested} == {True}


async def test_a_pool_is_found_and_read_by_keyboard_alone(view: Opened) -> None:
    """As the line at the foot of the page says."""
    page = view.page
    await page.keyboard.press("/")
    await page.keyboard.type("orders")
    assert await view.text("#list-summary") == "3 pools, 1 not ready; 1 shown"
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#steps li")
    assert await view.text("#pool-title") == "prod/orders"
    await page.keyboard.press("Escape")
    await expect(page.locator("#list")).to_be_visible()
    assert await view.focused() == "prod/orders"
    await page.keyboard.press("Escape")
    await page.keyboard.press("ArrowUp")
    assert await view.focused() == "batch/reports"
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    await page.keyboard.press("Enter")
    await expect(page.locator("#pool-title")).to_have_text("batch/reports")


@pytest.mark.parametrize("decisions", [2, 20], ids=["of the last passes", "of the hour"])
async def test_keys_move_from_decision_to_decision_and_show_each_as_it_was(view: Opened, decisions: int) -> None:
    """Its steps are those that the operator had then."""
    await view.open_pool()
    await view.page.focus("input[name='range']:checked")
    for _ in range(decisions):
        await view.page.keyboard.press("[")
    await expect(view.page.locator("#now")).to_have_attribute("aria-pressed", "false")
    pool = view.operator.history.get(("prod", "orders"))
    assert pool
    at = float(await view.page.input_value("#time"))
    entry, _ = pool.decided_at(at)
    assert entry
    assert at - entry.at < 1
    await expect(view.page.locator("#moment-why")).to_contain_text(entry.content["explanation"])
    shown = await view.page.locator("#steps li > strong").all_inner_texts()
    assert shown == [step[0] for step in entry.content["steps"]]
    assert await view.page.locator("#steps .badge").count() == 1


async def test_keys_move_from_reconcile_to_reconcile(view: Opened) -> None:
    """Backwards, and to now again."""
    await view.open_pool()
    times = []
    for _ in range(3):
        await view.page.keyboard.press("ArrowLeft")
        times.append(float(await view.page.input_value("#time")))
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 3
    await view.page.keyboard.press("ArrowRight")
    assert float(await view.page.input_value("#time")) == times[1]
    await view.page.click("#now")
    await expect(view.page.locator("#moment-time")).to_contain_text("still in force")


async def test_the_slider_a_click_into_the_plot_and_an_event_move_to_the_same_kind_of_moment(view: Opened) -> None:
    """By mouse or by finger."""
    await view.open_pool()
    await view.page.check("input[value='900']")
    await view.page.locator("#plots .u-over").first.click(position={"x": 500, "y": 40})
    await expect(view.page.locator("#moment-time")).to_contain_text("in force until")
    await view.page.locator("#events button").last.click()
    await expect(view.page.locator("#now")).to_have_attribute("aria-pressed", "false")
    await view.page.focus("#time")
    await view.page.keyboard.press("End")
    await expect(view.page.locator("#now")).to_have_attribute("aria-pressed", "true")


async def test_the_plots_are_there_in_words_and_as_a_table(view: Opened) -> None:
    """For whoever can't see them."""
    await view.open_pool()
    assert re.search(r"Last 1 h: backlog 0 to \d+, last \d+; oldest", await view.text("#in-words"))
    labels = [await plot.get_attribute("aria-label") for plot in await view.page.locator("#plots [role=img]").all()]
    assert [bool(label and "last" in label) for label in labels] == [True, True, True]
    await view.page.click("#numbers summary")
    assert await view.page.locator("#numbers tbody tr").count() > 20


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", [LIGHT, DARK])
async def test_it_is_accessible_and_fits(
    browser: Browser, operator: Operator, axe: str, scheme: str, size: tuple[int, int]
) -> None:
    """No finding of axe-core that is serious, nothing to scroll sideways, and colours as the system has them."""
    async with opened(browser, operator, scheme, size) as view:
        assert await _axe(view.page, axe) == []
        assert await view.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        await view.open_pool()
        await view.page.click("#numbers summary")
        assert await _axe(view.page, axe) == []
        assert await view.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        back = await view.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (back == "rgb(255, 255, 255)") == (scheme == LIGHT)


async def test_an_operator_that_is_gone_is_reported_with_the_time_and_comes_back(view: Opened) -> None:
    """What is shown stays, and says how old it is."""
    await view.operator.stop()
    problem = view.page.locator("#problem")
    await expect(problem).to_be_visible(timeout=15_000)
    await expect(problem).to_contain_text(
        re.compile(r"has not answered since \d\d:\d\d:\d\d .*What is shown is of \d\d:")
    )
    assert await view.page.locator("#pools tbody tr").count() == 3
    await view.operator.start()
    await expect(problem).to_be_hidden(timeout=15_000)
    view.errors.clear()  # the browser itself logs what it could not load


async def test_an_operator_that_hangs_is_reported(view: Opened) -> None:
    """A request without an answer is given up."""

    async def hang(_: Route) -> None:
        await asyncio.sleep(30)

    await view.page.route("**/api/**", hang)
    await expect(view.page.locator("#problem")).to_contain_text("no answer within 10 s", timeout=25_000)
    await view.page.unroute_all(behavior="ignoreErrors")
    view.errors.clear()


async def test_nothing_is_asked_while_the_page_is_hidden(view: Opened) -> None:
    """A forgotten tab costs nothing."""
    hide = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    turn = hide + "document.dispatchEvent(new Event('visibilitychange'))"
    await view.page.evaluate(turn % "true")
    view.requested.clear()
    await asyncio.sleep(6)
    assert view.requested == []
    await view.page.evaluate(turn % "false")
    await expect(view.page.locator("#problem")).to_be_hidden()
    await asyncio.sleep(0.5)
    assert view.requested


async def test_a_pool_that_is_deleted_says_so(view: Opened) -> None:
    """While it is open."""
    await view.open_pool()
    view.operator.history.forget(("prod", "orders"))
    await expect(view.page.locator("#pool-gone")).to_contain_text("There is no pool prod/orders", timeout=15_000)
    view.errors.clear()


async def test_an_operator_without_pools_says_what_to_do(browser: Browser) -> None:
    """It may just have started."""
    operator = Operator(History())
    await operator.start()
    async with opened(browser, operator) as view:
        assert "No pool was reconciled since the operator started" in await view.text("#list-empty")
    await operator.stop()


async def test_a_replica_that_stands_by_names_the_one_that_leads(browser: Browser, operator: Operator) -> None:
    """Its own numbers are old."""
    operator.about = AboutOperator("1.2.3", 0, "operator-0", "operator-1")
    async with opened(browser, operator) as view:
        assert "operator-1 reconciles the pools" in await view.text("#standby")
