// Keys go to the screen as soon as it draws, without a click; before, its connection may not be open.
new MutationObserver((_changes, observer) => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys && document.body.classList.contains("-first-byte")) {
    keys.focus();
    observer.disconnect();
  }
}).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
