"""A browser that shows pages without a screen: Debian's Chromium, driven by Selenium, where both are there."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


@contextlib.contextmanager
def open_browser(width=1440, *, dark=False):
    """Give a browser of a width in CSS pixels, in a light or a dark scheme; skip the test where there is none."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("no Chromium with its driver here: apt-get install chromium chromium-driver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="no Selenium here: pip install selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        yield driver
    finally:
        driver.quit()


def list_complaints(driver):
    """Return what the browser has to say against a page."""
    return [entry["message"] for entry in driver.get_log("browser")]


def find_axe():
    """Return the text of axe-core, the checker of accessibility, from where npm puts it; none where it is not."""
    for folder in (os.environ.get("AXE_HOME", ""), "node_modules/axe-core", "/usr/local/lib/node_modules/axe-core"):
        if folder and (path := Path(folder) / "axe.min.js").is_file():
            return path.read_text(encoding="utf-8")
    return None
