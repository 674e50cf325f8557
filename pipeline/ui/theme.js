// Applies the chosen colour scheme before the first paint, so that a dark page does not flash white.
// A classic script on purpose: modules run after the page was drawn.
(function () {
  let chosen = null;
  try {
    chosen = localStorage.getItem('landfall-theme');
  } catch {
    /* storage may be forbidden */
  }
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
