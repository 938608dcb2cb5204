import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { inflate, readPacked } from "../../optviz/views/live/packed.js";
import { openPlayer } from "../../optviz/views/live/player.js";
import { openStore } from "../../optviz/views/live/store.js";

test("changes of one control in a row are one to undo, after a rest a new one", () => {
  let now = 0;
  const told = [], store = openStore("a", (record) => told.push(record), () => now);
  for (const each of ["b", "c"]) store.show(each, "lr");
  now = 5000;
  store.show("d", "lr");
  store.show("e", "steps");
  store.show("e");
  assert.deepEqual(told, ["b", "c", "d", "e"]);
  const back = [];
  while (store.undo()) back.push(store.now);
  assert.deepEqual(back, ["d", "c", "a"]);
  assert.equal(store.canUndo, false);
  assert.equal(store.redo(), true);
  store.show("f");
  assert.equal(store.canRedo, false);
  assert.equal(store.undo(), true);
  assert.equal(store.now, "c");
});

test("what follows an undo is a change of its own", () => {
  const store = openStore("a", () => {}, () => 0);
  store.show("b", "lr");
  store.undo();
  store.show("c", "lr");
  store.undo();
  assert.equal(store.now, "a");
});

function openClock(still = false) {
  const frames = [], shown = [], told = [];
  const player = openPlayer({ show: (step, part = 0) => shown.push(step + part), tell: (is) => told.push(is), frame: (act) => frames.push(act), isStill: () => still });
  const pass = (time) => frames.splice(0).forEach((act) => act(time));
  player.setSteps(100);
  return { player, shown, told, pass };
}

test("a whole run takes eight seconds, and ends at its last step", () => {
  const { player, shown, told, pass } = openClock();
  player.play();
  for (const time of [0, 2000, 2010, 7996, 8001]) pass(time);
  assert.deepEqual(shown.map((each) => Number(each.toFixed(3))), [0, 25, 25.125, 99.95, 100]);
  assert.deepEqual(told, [true, false]);
  player.play();
  pass(0);
  assert.equal(player.at, 0);
});

test("it stops where a hand takes the step, speeds up, and turns round in a loop", () => {
  const { player, shown, pass } = openClock();
  player.set(2, true);
  player.play();
  pass(0);
  pass(5000);
  assert.equal(player.at, 25);
  player.jump(40);
  assert.equal(player.isPlaying, false);
  pass(9000);
  assert.equal(shown.at(-1), 40);
  player.jump(Infinity);
  assert.equal(player.at, 100);
  player.jump(-3);
  assert.equal(player.at, 0);
});

test("whoever rests on the end stays there when it moves, and steps are whole for those who want less motion", () => {
  const { player, shown, pass } = openClock(true);
  player.jump(100);
  player.setSteps(70);
  assert.equal(player.at, 70);
  player.setSteps(300);
  assert.equal(player.at, 300);
  player.jump(0);
  player.play();
  pass(0);
  pass(1010);
  assert.equal(shown.at(-1), 37);
});

test("what zlib deflates is inflated again, whatever kinds of blocks it has", () => {
  const texts = ["", "a", "abc".repeat(1000), JSON.stringify(Array.from({ length: 3000 }, (_, i) => Math.sin(i))), "é€😀".repeat(50)];
  for (const text of texts) {
    for (const options of [{ level: 0 }, { level: 9 }, { strategy: constants.Z_FIXED }]) {
      assert.equal(Buffer.from(inflate(deflateRawSync(text, options))).toString(), text);
    }
  }
  assert.deepEqual(readPacked(deflateRawSync('{"name":"é"}').toString("base64")), { name: "é" });
  assert.throws(() => inflate(Uint8Array.of(7)), /damaged/);
});
