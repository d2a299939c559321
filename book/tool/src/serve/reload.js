// Reloads the page when the book has been built anew; meanwhile shows what the builder says.
(() => {
  "use strict";
  const mine = document.currentScript.dataset.version;
  const box = document.createElement("pre");
  box.id = "build-news";
  box.setAttribute("role", "status");
  box.style.cssText =
    "position:fixed;left:0;right:0;bottom:0;margin:0;padding:.8em 1.2em;max-height:50vh;overflow:auto;" +
    "white-space:pre-wrap;font:14px/1.5 monospace;color:#fff;z-index:1000";
  const show = (text, colour) => {
    box.textContent = text;
    box.style.background = colour;
    document.body.append(box);
  };
  new EventSource("/-/events").onmessage = (message) => {
    const news = JSON.parse(message.data);
    if (news.ready !== undefined) {
      if (String(news.ready) !== mine) location.reload();
      box.remove();
    } else if (news.broken !== undefined) {
      show("The last change broke the book; this is the last good one.\n\n" + news.broken, "#8a1c1c");
    } else {
      show("Building: " + news.building, "#33475b");
    }
  };
})();
