// Keys go to the screen as soon as it is there, without a click.
new MutationObserver((_changes, observer) => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys) {
    keys.focus();
    observer.disconnect();
  }
}).observe(document, { childList: true, subtree: true });
