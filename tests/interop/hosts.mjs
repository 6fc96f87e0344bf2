// Resolves the names of the test's two servers to loopback addresses; loaded with --import.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

const known = new Map((process.env.PEER_HOSTS ?? "").split(",").map((pair) => pair.split("=")));
const { lookup } = dns;
const lookupLater = dns.promises.lookup;

dns.lookup = function (name, options, callback) {
  const address = known.get(name);
  if (!address) return lookup.call(dns, name, options, callback);
  const answer = typeof options === "function" ? options : callback;
  process.nextTick(() =>
    options?.all ? answer(null, [{ address, family: 4 }]) : answer(null, address, 4),
  );
};

dns.promises.lookup = async function (name, options) {
  const address = known.get(name);
  if (!address) return lookupLater.call(dns.promises, name, options);
  return options?.all ? [{ address, family: 4 }] : { address, family: 4 };
};

syncBuiltinESMExports();
