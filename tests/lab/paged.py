"""What a user does on a card, and what the card says."""


def sentence(tab):
    """What the card says now."""
    return tab.page.locator(".banner .sentence").inner_text()


def answered(tab, before="…"):
    """Wait until the card says something else than before; what that is."""
    return tab.settle(lambda: (now := sentence(tab)) not in ("…", "", before) and now)


def drawn(tab):
    """Plots that can be seen and hold something."""
    return tab.page.locator(".js-plotly-plot:visible .main-svg:first-child").count()


def written(tab, text):
    """Write the file of a card anew, as a user would."""
    fold = tab.page.get_by_role("button", name="the file (YAML)")
    if fold.get_attribute("aria-expanded") != "true":
        fold.click()
    tab.page.get_by_role("textbox", name="The file as YAML").fill(text)


def asked_for(tab, text):
    """Run a file on the card for any; the id of the run."""
    tab.open("/file")
    written(tab, text)
    tab.settle(lambda: tab.server.drafted() == text)
    run = tab.page.get_by_role("button", name="Run", exact=True)
    tab.settle(run.is_enabled)
    title = tab.page.locator(".job .panel-title")
    before = title.all_inner_texts()
    run.click()
    (shown,) = tab.settle(lambda: (now := title.all_inner_texts()) not in ([], before) and now)
    return shown.split()[-1]


def badge(tab):
    """State of the run that is shown."""
    return tab.page.locator(".job .q-badge").inner_text()
