// Every check, in the order of the table.
import type { Check } from "../support/check.ts";
import { closing } from "./closing.ts";
import { constructing } from "./constructor.ts";
import { firing } from "./events.ts";
import { handling } from "./handlers.ts";
import { shape } from "./interface.ts";
import { inPage } from "./page.ts";
import { parsing } from "./parsing.ts";
import { reconnecting } from "./reconnecting.ts";
import { requesting } from "./requests.ts";

export interface Chapter {
  readonly title: string;
  /** What the checks hold the classes against. */
  readonly standard: string;
  readonly list: readonly Check[];
}

export const chapters: readonly Chapter[] = [
  { title: "The constructor", standard: "HTML §9.2.2; Web IDL §3.2, §3.6", list: constructing },
  { title: "The interface", standard: "HTML §9.2.2; Web IDL §3.7", list: shape },
  { title: "Handlers and listeners", standard: "HTML §8.1.8.1; DOM §2.7, §2.9", list: handling },
  { title: "Requests and responses", standard: "HTML §9.2.2, §9.2.3; Fetch", list: requesting },
  { title: "The stream", standard: "HTML §9.2.5, §9.2.6", list: parsing },
  { title: "Events", standard: "HTML §9.2.3, §9.2.6, §9.1", list: firing },
  { title: "Reconnection", standard: "HTML §9.2.3, §9.2.4, §9.2.6", list: reconnecting },
  { title: "Closing", standard: "HTML §9.2.2", list: closing },
  { title: "In a page", standard: "HTML §9.2.2, §9.2.3", list: inPage },
];

export const checks: readonly Check[] = chapters.flatMap(({ list }) => list);
