// Light or dark: the system's preference unless the user chose. A classic script, so that it runs before the first paint.
(function () {
  "use strict";
  var system = matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try { return localStorage.getItem("theme") || "system"; } catch { return "system"; }
  }

  function apply() {
    var choice = chosen();
    var dark = choice === "dark" || (choice === "system" && system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    var meta = document.querySelector("meta[name=theme-color]");
    if (meta) meta.content = dark ? "#14171b" : "#f5f4f1";
  }

  system.addEventListener("change", apply);
  window.theme = {
    get choice() { return chosen(); },
    choose: function (choice) {
      try { localStorage.setItem("theme", choice); } catch { /* a private window: it holds until the page closes */ }
      apply();
    },
  };
  apply();
})();
