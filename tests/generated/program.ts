// What a vendor writes on what two generators make: it compiles only if both know the operations, bodies and answers.
import type { components, operations, paths } from "./types";
import { readVerdict, sendResults } from "./client";

type Receipt = paths["/api/v1/results"]["post"]["responses"][201]["content"]["application/json"];
type Verdict = operations["read_verdict"]["responses"][200]["content"]["application/json"];

const row: components["schemas"]["ResultRow"] = { feed: "QUALITY", period: "2025-06", numerator: "95", denominator: 100 };

export async function report(): Promise<[Receipt | undefined, Verdict["status"] | undefined]> {
  const auth = "bpo_test_key";
  const sent = await sendResults({ auth, body: [row], headers: { "Idempotency-Key": "june" }, query: { dry_run: "true" } });
  const read = await readVerdict({ auth, path: { level: "SL-00000", period: "2025-06" } });
  return [sent.data, read.data?.status];
}
