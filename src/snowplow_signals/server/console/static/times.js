// Times are written in UTC; the same moment in the reader's zone goes before it. Without this script UTC stays.
"use strict";
const written = new Intl.DateTimeFormat("en-GB", {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});
for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.getTime()) || moment.getTimezoneOffset() === 0) continue;
  const part = Object.fromEntries(written.formatToParts(moment).map((one) => [one.type, one.value]));
  const local = `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute} ${part.timeZoneName}`;
  if (time.classList.contains("ago")) {
    time.title = `${local} (${time.title})`;
  } else {
    const utc = document.createElement("span");
    utc.className = "under";
    utc.textContent = time.textContent;
    time.replaceChildren(local, utc);
  }
}
