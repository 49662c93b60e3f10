// What a report does with a script: one slider over before and after. Without it the two stand side by side.
"use strict";
document.documentElement.classList.add("js");

document.addEventListener("DOMContentLoaded", () => {
  for (const stage of document.querySelectorAll(".stage.pair[data-compare]")) {
    const slider = document.createElement("div");
    slider.className = "slider";
    const [left, right] = ["Before", "After"].map((text) => {
      const label = document.createElement("span");
      label.textContent = text;
      return label;
    });
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: 0, max: 100, value: 50, step: 1 });
    input.setAttribute("aria-label", "How much of the picture shows the master before treatment");
    const move = () => {
      stage.style.setProperty("--cut", `${input.value}%`);
      input.setAttribute("aria-valuetext", `${input.value} % before, ${100 - input.value} % after`);
    };
    input.addEventListener("input", move);
    slider.append(left, input, right);
    stage.after(slider);
    stage.dataset.ready = "";
    move();

    // The line can be pulled on the picture, too.
    const frame = stage.querySelector(".after .frame");
    const pull = (event) => {
      const box = frame.getBoundingClientRect();
      input.value = Math.round((100 * (event.clientX - box.left)) / box.width);
      move();
    };
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      stage.setPointerCapture(event.pointerId);
      pull(event);
    });
    stage.addEventListener("pointermove", (event) => {
      if (stage.hasPointerCapture(event.pointerId)) pull(event);
    });
  }
});
