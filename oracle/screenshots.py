"""The pictures of docs/server.md: the page in headless Chromium, by a server that the script starts.

    python3 -m venv /tmp/clients && /tmp/clients/bin/pip install selenium==4.50.0 pillow==13.0.0
    /tmp/clients/bin/python oracle/screenshots.py

Needs chromium and chromedriver on the PATH. Look at the pictures before you commit them.
"""

import io
import pathlib
import shutil
import tempfile
import time

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from served import ROOT, serve

STYLE = ", fluent 3d style"
SWEEP = (0, 0.25, 0.5, 0.75, 1)


def finish(server, request):
    return server.wait(server.submit(request), "completed")


def shot(driver, name, width, height, scheme):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", dict(
        width=width, height=height, deviceScaleFactor=1.5 if width < 600 else 1, mobile=width < 600))
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dict(
        features=[dict(name="prefers-color-scheme", value=scheme)]))
    time.sleep(0.5)
    picture = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    picture.save(ROOT / "docs" / name, optimize=True)


def generate(driver, prompt, **fields):
    for name, value in {"prompt": prompt, **fields}.items():
        field = driver.find_element(By.ID, name)
        field.clear()
        field.send_keys(str(value))
    driver.find_element(By.ID, "generate").click()
    time.sleep(0.2)
    while driver.find_element(By.ID, "progress").is_displayed():
        time.sleep(0.1)
    time.sleep(1)
    driver.execute_script("document.activeElement.blur(); scrollTo(0, 0)")


def main():
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    with serve() as server, tempfile.TemporaryDirectory() as folder:
        finish(server, {"prompt": "cat face" + STYLE, "seed": 3, "count": 3})
        for gamma in SWEEP:
            finish(server, {"prompt": "sunflower" + STYLE, "seed": 5, "gamma": gamma})
        driver.get(f"http://{server.host}:{server.port}")
        time.sleep(1)
        generate(driver, "rocket" + STYLE, seed=42, count=3)
        shot(driver, "server-desktop.png", 1280, 1000, "light")
        shot(driver, "server-desktop-dark.png", 1280, 1000, "dark")
        driver.execute_script("document.getElementById('work').scrollIntoView()")
        shot(driver, "server-phone.png", 390, 844, "light")
        driver.execute_script("document.getElementById('past').scrollIntoView()")
        shot(driver, "server-phone-dark.png", 390, 844, "dark")
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.set_window_size(1280, 1300)
        apple = finish(server, {"prompt": "green apple" + STYLE, "seed": 1})
        file = pathlib.Path(folder) / "apple.png"
        file.write_bytes(server.call("GET", apple["images"][0]["url"])[2])
        driver.find_element(By.ID, "image").send_keys(str(file))
        time.sleep(0.5)
        canvas = driver.find_element(By.ID, "canvas")
        chain = ActionChains(driver).move_to_element_with_offset(canvas, -60, 20).click_and_hold()
        for _ in range(8):
            chain = chain.move_by_offset(15, 3)
        chain.release().perform()
        generate(driver, "red apple" + STYLE, seed=2, count=3)
        shot(driver, "server-mask.png", 1280, 1300, "light")
    driver.quit()


main()
