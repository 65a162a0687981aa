// What the page does beside the terminal's own script, which is loaded before this one.

// The terminal measures a character as it is opened, and counts its rows by that even after the font that it
// names has come and made them taller: at the first change of the window the lowest ones would be cut off.
const open = window.onload;
window.onload = (event) => document.fonts.load('16px "Roboto Mono"').finally(() => open(event));

// Keys go to the screen as soon as it draws, without a click; before, its connection may not be open.
new MutationObserver((_changes, observer) => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys && document.body.classList.contains("-first-byte")) {
    keys.focus();
    observer.disconnect();
  }
}).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
