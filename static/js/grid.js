// The grid of numbers: Enter moves down, pasted blocks fill cells, and values are shown while typing.
(() => {
  "use strict";
  const grid = document.getElementById("grid");
  if (!grid) return;
  const table = [...grid.tBodies[0].rows].map((row) => [...row.querySelectorAll("input.cell")]);
  const place = (input) => {
    const row = table.findIndex((cells) => cells.includes(input));
    return [row, row < 0 ? -1 : table[row].indexOf(input)];
  };

  // Whole millionths, so that no digit is rounded before it is compared.
  const PLAIN = /^(-?)(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,6}))?$/;
  const millionths = (text) => {
    const found = PLAIN.exec(text.trim());
    if (!found) return null;
    const size = BigInt(found[2]) * 1000000n + BigInt((found[3] || "").padEnd(6, "0"));
    return found[1] ? -size : size;
  };
  const sides = (value, limit) => {
    const [over, under] = [value.above, millionths(limit) * value.below];
    const difference = over * 1000000n - under;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  };
  const printed = (value, decimals) => {
    const power = 10n ** BigInt(decimals);
    let whole = (value.above * power) / value.below;
    const rest = value.above * power - whole * value.below;
    const twice = 2n * (rest < 0n ? -rest : rest);
    if (twice > value.below || (twice === value.below && whole % 2n !== 0n)) whole += rest < 0n ? -1n : 1n;
    const digits = (whole < 0n ? -whole : whole).toString().padStart(decimals + 1, "0");
    const cut = digits.length - decimals;
    return (whole < 0n ? "-" : "") + digits.slice(0, cut) + (decimals ? "." + digits.slice(cut) : "");
  };
  const words = (value, set) => {
    const better = (limit) => (set.direction === "higher" ? sides(value, limit) >= 0 : sides(value, limit) <= 0);
    if (better(set.expected)) return grid.dataset.met;
    return set.minimum && better(set.minimum) ? grid.dataset.below : grid.dataset.breach;
  };
  const show = (row) => {
    const set = grid.tBodies[0].rows[row].dataset;
    const live = grid.tBodies[0].rows[row].querySelector(".live");
    if (!set.scale) return;
    const [numerator, denominator] = table[row].map((input) => millionths(input.value));
    live.textContent = "";
    if (numerator === null || denominator === null || denominator <= 0n) return;
    const [up, down] = set.scale.split("/").map(BigInt);
    const part = set.rest ? denominator - numerator : numerator;
    const value = { above: part * up, below: denominator * down };
    // As many decimals as it takes to stand on the right side of each limit, as everywhere on the desk.
    let decimals = Number(set.decimals);
    const limits = [set.expected, set.minimum].filter(Boolean);
    const tells = (places) => limits.every((limit) => {
      const shown = { above: millionths(printed(value, places)), below: 1000000n };
      return sides(shown, limit) === sides(value, limit);
    });
    while (decimals < 6 && !tells(decimals)) decimals += 1;
    live.textContent = `${printed(value, decimals)}\u00a0${set.unit} · ${words(value, set)}`;
  };

  grid.addEventListener("input", (event) => {
    const [row] = place(event.target);
    if (row >= 0) show(row);
  });
  grid.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    const [row, column] = place(event.target);
    if (row < 0) return;
    event.preventDefault();
    const next = table[row + (event.shiftKey ? -1 : 1)];
    if (next) next[column].focus();
    if (next) next[column].select();
  });
  grid.addEventListener("paste", (event) => {
    const [row, column] = place(event.target);
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (row < 0 || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    text.split("\n").forEach((line, down) => {
      line.split("\t").forEach((cell, right) => {
        const input = table[row + down] && table[row + down][column + right];
        if (input) input.value = cell.trim();
      });
      if (table[row + down]) show(row + down);
    });
  });
})();
