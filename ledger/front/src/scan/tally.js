// The end of a device's day: it says which scans it knows, and the server whether all of them arrived.

export function tally(screen, { queue, about, checkIn, setting, fail }) {
  screen.find("report").addEventListener("click", async () => {
    try {
      const scans = (await queue.of(about)).map(({ id }) => id);
      const response = await fetch(setting.tally, {
        method: "POST",
        redirect: "manual",
        headers: { "Content-Type": "application/json", ...checkIn.given.headers },
        body: JSON.stringify({ scans, offset_ms: queue.offset, version: setting.version }),
      });
      if (!response.ok) throw new Error(response.status);
      screen.say("ok", "report", [screen.word("reported").replace("{n}", scans.length)]);
    } catch (error) {
      fail("not-reported");
    }
  });
}
