/* The Race page follows its work. */
import { makePoll, makeWatch } from "../../common/long_work.js";

export const poll = makePoll(), watch = makeWatch(".races-status");
