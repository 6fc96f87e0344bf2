// A small server on Fedify with one actor; the test steers it through a port of its own and reads what arrived.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { Temporal } from "@js-temporal/polyfill";
import { createFederation, generateCryptoKeyPair, MemoryKvStore } from "@fedify/fedify";
import {
  Accept, Announce, Create, Delete, Endpoints, Follow, Image, Like, Note, Person, PUBLIC_COLLECTION, Reject, Tombstone, Undo, Update,
} from "@fedify/fedify/vocab";

const { PEER_NAME, PEER_ORIGIN, PEER_ADDRESS, PEER_CONTROL, PEER_KEY, PEER_CERTIFICATE, PEER_PICTURE } = process.env;
const origin = new URL(PEER_ORIGIN);
const inbox = []; // every activity that was believed, as JSON
const followers = new Map(); // actor id → where to deliver
const posts = new Map(); // id → { content, title, picture }
let keyPairs;

const federation = createFederation({
  kv: new MemoryKvStore(),
  origin: PEER_ORIGIN,
  allowPrivateAddress: true,
});

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== PEER_NAME) return null;
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
    });
  })
  .setKeyPairsDispatcher(async () => {
    keyPairs ??= Promise.all([generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), generateCryptoKeyPair("Ed25519")]);
    return await keyPairs;
  });

federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [...followers.values()] }));

function noteOf(ctx, id, { content, title, picture, alt }) {
  return new Note({
    id: ctx.getObjectUri(Note, { id }),
    attribution: ctx.getActorUri(PEER_NAME),
    name: title,
    content,
    to: PUBLIC_COLLECTION,
    cc: ctx.getFollowersUri(PEER_NAME),
    published: Temporal.Now.instant(),
    attachments: picture
      ? [new Image({ url: new URL(picture), mediaType: "image/png", name: alt, width: 8, height: 8 })]
      : [],
  });
}

federation.setObjectDispatcher(Note, "/notes/{id}", (ctx, { id }) =>
  posts.has(id) ? noteOf(ctx, id, posts.get(id)) : null,
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
    followers.set(follower.id.href, follower);
    await ctx.sendActivity(
      { identifier: PEER_NAME },
      follower,
      new Accept({
        id: new URL(`/accepts/${crypto.randomUUID()}`, origin),
        actor: ctx.getActorUri(PEER_NAME),
        object: follow,
      }),
    );
  })
  .on(Undo, async (ctx, undo) => {
    await heard(ctx, undo);
    followers.delete(undo.actorId.href);
  })
  .on(Accept, heard)
  .on(Reject, heard)
  .on(Create, heard)
  .on(Like, heard)
  .on(Announce, heard)
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
    const Kind = { Like, Announce, Follow }[type];
    const actor = ctx.getActorUri(PEER_NAME);
    const inner = new Kind({ id: new URL(id), actor, object: new URL(object) });
    await send(
      ctx,
      await actorAt(ctx, author),
      new Undo({ id: new URL(`/undos/${crypto.randomUUID()}`, origin), actor, object: inner }),
    );
    return {};
  },
  async post(ctx, { title, content, picture, alt }) {
    const id = crypto.randomUUID();
    posts.set(id, { title, content, picture, alt });
    const note = noteOf(ctx, id, posts.get(id));
    const create = new Create({
      id: new URL(`${note.id.href}/create`),
      actor: ctx.getActorUri(PEER_NAME),
      object: note,
      to: PUBLIC_COLLECTION,
      cc: ctx.getFollowersUri(PEER_NAME),
    });
    await ctx.sendActivity({ identifier: PEER_NAME }, "followers", create);
    return { id: note.id.href };
  },
  async remove(ctx, { id }) {
    posts.delete(id.split("/").at(-1));
    const removed = new Delete({
      id: new URL(`${id}/delete`),
      actor: ctx.getActorUri(PEER_NAME),
      object: new Tombstone({ id: new URL(id) }),
      to: PUBLIC_COLLECTION,
    });
    await ctx.sendActivity({ identifier: PEER_NAME }, "followers", removed);
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

async function actorAt(ctx, uri) {
  return await ctx.lookupObject(uri, { documentLoader: await ctx.getDocumentLoader({ identifier: PEER_NAME }) });
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
