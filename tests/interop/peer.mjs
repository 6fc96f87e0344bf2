// A small server on Fedify with an actor and the place it may move to; the test steers it through a port of its own and
// reads what arrived. PEER_KNOCK names the signature it tries first; where that is RFC 9421, it takes no other.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { Temporal } from "@js-temporal/polyfill";
import { createFederation, generateCryptoKeyPair, MemoryKvStore } from "@fedify/fedify";
import {
  Accept, Announce, Block, Create, Delete, Endpoints, Flag, Follow, Image, Like, Move, Note, Person, PUBLIC_COLLECTION,
  QuoteAuthorization, QuoteRequest, Reject, Tombstone, Undo, Update,
} from "@fedify/fedify/vocab";

const { PEER_NAME, PEER_ORIGIN, PEER_ADDRESS, PEER_CONTROL, PEER_KEY, PEER_CERTIFICATE, PEER_PICTURE, PEER_KNOCK } = process.env;
const NEXT = `${PEER_NAME}2`; // where the actor goes when it moves
const GUEST = `${PEER_NAME}3`; // where others go who name it
const origin = new URL(PEER_ORIGIN);
const inbox = []; // every activity that was believed, as JSON
const followers = new Map(); // actor id → where to deliver
const posts = new Map(); // id → { content, title, picture }
const stamps = new Map(); // name → what quotes and what is quoted, with consent
const signatures = new Set(); // the kinds of signatures that came with activities
const keyPairs = new Map();
const known = new Map(); // actors by their ids
const aliases = []; // of the guest
let moved = false;

const federation = createFederation({
  kv: new MemoryKvStore(),
  origin: PEER_ORIGIN,
  allowPrivateAddress: true,
  firstKnock: PEER_KNOCK,
});

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (![PEER_NAME, NEXT, GUEST].includes(identifier)) return null;
    const keys = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "A peer",
      url: new URL(`/users/${identifier}`, origin),
      inbox: ctx.getInboxUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      followers: ctx.getFollowersUri(identifier),
      publicKey: keys[0].cryptographicKey,
      assertionMethods: keys.map((pair) => pair.multikey),
      ...(identifier === NEXT ? { aliases: [ctx.getActorUri(PEER_NAME)] } : {}),
      ...(identifier === GUEST ? { aliases } : {}),
      ...(identifier === PEER_NAME && moved ? { successor: ctx.getActorUri(NEXT) } : {}),
    });
  })
  .setKeyPairsDispatcher(async (_ctx, identifier) => {
    if (!keyPairs.has(identifier)) {
      keyPairs.set(identifier, Promise.all([generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), generateCryptoKeyPair("Ed25519")]));
    }
    return await keyPairs.get(identifier);
  });

federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [...followers.values()] }));

function noteOf(ctx, id, { content, title, picture, alt, inReplyTo, mentioned, published, updated, by, quoted, approval }) {
  return new Note({
    id: ctx.getObjectUri(Note, { id }),
    attribution: ctx.getActorUri(by ?? PEER_NAME),
    name: title,
    content,
    to: PUBLIC_COLLECTION,
    ccs: [ctx.getFollowersUri(PEER_NAME), ...(mentioned ? [new URL(mentioned)] : [])],
    published,
    ...(updated ? { updated } : {}),
    ...(quoted ? { quote: new URL(quoted), quoteUrl: new URL(quoted) } : {}),
    ...(approval ? { quoteAuthorization: new URL(approval) } : {}),
    ...(inReplyTo ? { replyTarget: new URL(inReplyTo) } : {}),
    attachments: picture
      ? [new Image({ url: new URL(picture), mediaType: "image/png", name: alt, width: 8, height: 8 })]
      : [],
  });
}

federation.setObjectDispatcher(Note, "/notes/{id}", (ctx, { id }) =>
  posts.has(id) ? noteOf(ctx, id, posts.get(id)) : null,
);

federation.setObjectDispatcher(QuoteAuthorization, "/stamps/{id}", (ctx, { id }) =>
  stamps.has(id)
    ? new QuoteAuthorization({
        id: ctx.getObjectUri(QuoteAuthorization, { id }),
        attribution: ctx.getActorUri(PEER_NAME),
        interactingObject: new URL(stamps.get(id).quoting),
        interactionTarget: new URL(stamps.get(id).quoted),
      })
    : null,
);

async function heard(ctx, activity) {
  inbox.push(await activity.toJsonLd({ contextLoader: ctx.contextLoader }));
}

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .setSharedKeyDispatcher(() => ({ identifier: PEER_NAME }))
  .on(Follow, async (ctx, follow) => {
    await heard(ctx, follow);
    const follower = await follow.getActor(ctx);
    const followed = follow.objectId.href.split("/").at(-1);
    followers.set(follower.id.href, follower);
    await ctx.sendActivity(
      { identifier: followed },
      follower,
      new Accept({
        id: new URL(`/accepts/${crypto.randomUUID()}`, origin),
        actor: ctx.getActorUri(followed),
        object: follow,
      }),
    );
  })
  .on(Undo, async (ctx, undo) => {
    await heard(ctx, undo);
    if ((await undo.getObject(ctx)) instanceof Follow) followers.delete(undo.actorId.href);
  })
  .on(Accept, heard)
  .on(Reject, heard)
  .on(Create, heard)
  .on(Like, heard)
  .on(Announce, heard)
  .on(Block, heard)
  .on(Flag, heard)
  .on(Move, heard)
  .on(Update, heard)
  .on(Delete, heard);

const orders = {
  async follow(ctx, { actor }) {
    const target = await ctx.lookupObject(actor, {
      documentLoader: await ctx.getDocumentLoader({ identifier: PEER_NAME }),
    });
    const id = new URL(`/follows/${crypto.randomUUID()}`, origin);
    await send(ctx, target, new Follow({ id, actor: ctx.getActorUri(PEER_NAME), object: target.id }));
    return { id: id.href, target: target.id.href, name: target.preferredUsername?.toString() };
  },
  async like(ctx, { object, author }) {
    return await react(ctx, Like, "likes", object, author);
  },
  async announce(ctx, { object, author }) {
    return await react(ctx, Announce, "announces", object, author, {
      to: PUBLIC_COLLECTION,
      cc: ctx.getFollowersUri(PEER_NAME),
    });
  },
  async undo(ctx, { id, type, object, author }) {
    const Kind = { Like, Announce, Follow, Block }[type];
    const actor = ctx.getActorUri(PEER_NAME);
    const inner = new Kind({ id: new URL(id), actor, object: new URL(object) });
    await send(
      ctx,
      await actorAt(ctx, author),
      new Undo({ id: new URL(`/undos/${crypto.randomUUID()}`, origin), actor, object: inner }),
    );
    return {};
  },
  async post(ctx, wish) {
    const id = crypto.randomUUID();
    posts.set(id, { ...wish, published: Temporal.Now.instant() });
    const note = noteOf(ctx, id, posts.get(id));
    const create = new Create({ id: new URL(`${note.id.href}/create`), object: note, ...spoken(ctx, wish) });
    await tell(ctx, create, wish.mentioned);
    return { id: note.id.href };
  },
  async edit(ctx, { id, ...changes }) {
    const name = id.split("/").at(-1);
    const wish = { ...posts.get(name), ...changes, updated: Temporal.Now.instant() };
    posts.set(name, wish);
    const activity = new URL(`${id}/updates/${crypto.randomUUID()}`);
    await tell(ctx, new Update({ id: activity, object: noteOf(ctx, name, wish), ...spoken(ctx, wish) }), wish.mentioned);
    return {};
  },
  async draft(ctx, wish) {
    const id = crypto.randomUUID();
    posts.set(id, { content: "<p>Look at this</p>", ...wish, published: Temporal.Now.instant() });
    return { id: ctx.getObjectUri(Note, { id }).href };
  },
  async ask(ctx, { id, quoted, author }) {
    const name = id.split("/").at(-1);
    const instrument = noteOf(ctx, name, posts.get(name));
    const request = new URL(`/quote-requests/${crypto.randomUUID()}`, origin);
    const actor = ctx.getActorUri(PEER_NAME);
    await send(ctx, await actorAt(ctx, author), new QuoteRequest({ id: request, actor, object: new URL(quoted), instrument }));
    return { id: request.href };
  },
  async quote(ctx, { id, ...more }) {
    const name = id.split("/").at(-1);
    const wish = { ...posts.get(name), ...more };
    posts.set(name, wish);
    const by = wish.by ?? PEER_NAME;
    const create = new Create({ id: new URL(`${id}/create`), object: noteOf(ctx, name, wish), ...spoken(ctx, wish), actor: ctx.getActorUri(by) });
    await ctx.sendActivity({ identifier: by }, await actorAt(ctx, wish.mentioned), create);
    return {};
  },
  async allow(ctx, { quoting, quoted }) {
    const id = crypto.randomUUID();
    stamps.set(id, { quoting, quoted });
    return { id: ctx.getObjectUri(QuoteAuthorization, { id }).href };
  },
  async disallow(ctx, { id, mentioned }) {
    stamps.delete(id.split("/").at(-1));
    const actor = ctx.getActorUri(PEER_NAME);
    await send(ctx, await actorAt(ctx, mentioned), new Delete({ id: new URL(`${id}/delete`), actor, object: new Tombstone({ id: new URL(id) }) }));
    return {};
  },
  async guest(ctx) {
    return { name: GUEST, actor: ctx.getActorUri(GUEST).href };
  },
  async block(ctx, { actor }) {
    const id = new URL(`/blocks/${crypto.randomUUID()}`, origin);
    const blocked = new Block({ id, actor: ctx.getActorUri(PEER_NAME), object: new URL(actor) });
    await send(ctx, await actorAt(ctx, actor), blocked);
    return { id: id.href };
  },
  async flag(ctx, { actor, objects, content }) {
    const id = new URL(`/flags/${crypto.randomUUID()}`, origin);
    const about = [actor, ...objects].map((each) => new URL(each));
    await send(ctx, await actorAt(ctx, actor), new Flag({ id, actor: ctx.getActorUri(PEER_NAME), objects: about, content }));
    return { id: id.href };
  },
  async move(ctx) {
    moved = true;
    const [old, target] = [ctx.getActorUri(PEER_NAME), ctx.getActorUri(NEXT)];
    await tell(ctx, new Move({ id: new URL("/moves/1", origin), actor: old, object: old, target }));
    return { target: target.href };
  },
  async alias(ctx, { actor }) {
    aliases.push(new URL(actor));
    return { target: ctx.getActorUri(GUEST).href };
  },
  async signatures() {
    return [...signatures];
  },
  async remove(ctx, { id, mentioned }) {
    posts.delete(id.split("/").at(-1));
    const removed = new Delete({
      id: new URL(`${id}/delete`),
      actor: ctx.getActorUri(PEER_NAME),
      object: new Tombstone({ id: new URL(id) }),
      to: PUBLIC_COLLECTION,
    });
    await tell(ctx, removed, mentioned);
    return {};
  },
  async read(ctx, { url }) {
    const load = await ctx.getDocumentLoader({ identifier: PEER_NAME });
    return (await load(url)).document;
  },
  async download(_ctx, { url }) {
    const response = await fetch(url);
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: Object.fromEntries(response.headers), start: body.toString("base64", 0, 16), size: body.length };
  },
  async heard() {
    return inbox;
  },
  async followers() {
    return [...followers.keys()];
  },
};

async function react(ctx, Kind, folder, object, author, audience = {}) {
  const id = new URL(`/${folder}/${crypto.randomUUID()}`, origin);
  const actor = ctx.getActorUri(PEER_NAME);
  await send(ctx, await actorAt(ctx, author), new Kind({ id, actor, object: new URL(object), ...audience }));
  return { id: id.href };
}

// Kept, as servers do: who is blocked gets no document any more, and still has to hear that the block is over.
async function actorAt(ctx, uri) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: PEER_NAME });
  if (!known.has(uri)) known.set(uri, await ctx.lookupObject(uri, { documentLoader }));
  return known.get(uri);
}

function spoken(ctx, { mentioned }) {
  const ccs = [ctx.getFollowersUri(PEER_NAME), ...(mentioned ? [new URL(mentioned)] : [])];
  return { actor: ctx.getActorUri(PEER_NAME), to: PUBLIC_COLLECTION, ccs };
}

async function tell(ctx, activity, mentioned) {
  await ctx.sendActivity({ identifier: PEER_NAME }, "followers", activity);
  if (mentioned) await send(ctx, await actorAt(ctx, mentioned), activity);
}

async function send(ctx, recipient, activity) {
  await ctx.sendActivity({ identifier: PEER_NAME }, recipient, activity);
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

async function serve(request, response) {
  if (request.url === "/picture.png") {
    return response.writeHead(200, { "Content-Type": "image/png" }).end(readFileSync(PEER_PICTURE));
  }
  const body = await bodyOf(request);
  if (request.method === "POST") {
    const kind = request.headers["signature-input"] ? "rfc9421" : "draft-cavage-http-signatures-12";
    if (kind !== PEER_KNOCK && PEER_KNOCK === "rfc9421") return response.writeHead(401).end();
    signatures.add(kind);
  }
  const answer = await federation.fetch(
    new Request(new URL(request.url, origin), {
      method: request.method,
      headers: request.headers,
      body: request.method === "GET" || request.method === "HEAD" ? undefined : body,
    }),
    { contextData: undefined },
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function obey(request, response) {
  const order = orders[request.url.slice(1)];
  const ctx = federation.createContext(origin, undefined);
  const wish = JSON.parse((await bodyOf(request)).toString() || "{}");
  try {
    const answer = await order(ctx, wish);
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(500, { "Content-Type": "text/plain" });
    response.end(String(error?.stack ?? error));
  }
}

const tls = { key: readFileSync(PEER_KEY), cert: readFileSync(PEER_CERTIFICATE) };
const world = https.createServer(tls, (request, response) => {
  serve(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
world.listen(Number(origin.port || 443), PEER_ADDRESS, () => {
  http.createServer(obey).listen(Number(PEER_CONTROL), "127.0.0.1", () => console.log("ready"));
});
process.stdin.resume().on("end", () => process.exit(0)); // ends with the test that started it
