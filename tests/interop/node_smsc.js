// An SMSC on the npm package `smpp`, in a process of its own: what that package reads in our PDUs, it tells.
//
// One JSON object a line, both ways. In: {"do": "refuse" | "send" | "hang_up", ...}; out: {"event": ...}.
// It says where it listens, takes every bind with the right password, answers submit_sm (first with the statuses that it
// was told to refuse with), enquire_link and unbind, and ends when its input ends.
"use strict";

const readline = require("readline");
const { createRequire } = require("module");

const [home, password] = process.argv.slice(2);
const smpp = createRequire(home + "/")("smpp");

const links = new Map();
const refusals = [];
let linksSeen = 0;
let taken = 0;

function tell(event) {
  process.stdout.write(JSON.stringify(event) + "\n");
}

// A message as both judges tell it: the header in hex, and text if the package could read it, else hex.
function message(value) {
  const read = Buffer.isBuffer(value) ? { message: value } : value;
  const text = Buffer.isBuffer(read.message) ? read.message.toString("hex") : read.message;
  return { udh: (read.udh || []).map((element) => element.toString("hex")).join(""), text };
}

// Where the package has a name of its own for what the specification names otherwise.
const OTHER_NAMES = { dest_port: "destination_port" };

function plain(pdu) {
  const fields = {};
  for (const [key, value] of Object.entries(pdu)) {
    const name = OTHER_NAMES[key] || key;
    if (name === "short_message" || name === "message_payload") {
      fields[name] = message(value);
    } else {
      fields[name] = Buffer.isBuffer(value) ? value.toString("hex") : value;
    }
  }
  return fields;
}

function answer(session, pdu) {
  if (pdu.command.startsWith("bind_")) {
    const known = pdu.password === password;
    session.send(pdu.response(known ? { system_id: "judge" } : { command_status: smpp.ESME_RINVPASWD }));
  } else if (pdu.command === "submit_sm") {
    const refusal = refusals.shift();
    const message_id = `judge-${taken + 1}`;
    session.send(pdu.response(refusal ? { command_status: refusal } : { message_id }));
    if (refusal) return { command_status: refusal };
    taken += 1;
    return { command_status: 0, message_id };
  } else if (pdu.command === "unbind") {
    session.send(pdu.response());
    session.close();
  } else if (!pdu.isResponse()) {
    session.send(pdu.response());
  }
  return null;
}

const server = smpp.createServer((session) => {
  linksSeen += 1;
  const link = linksSeen;
  links.set(link, session);
  session.on("pdu", (pdu) => {
    const fields = plain(pdu);
    const answered = answer(session, pdu);
    tell({ event: "pdu", link, pdu: fields, answered });
    if (pdu.command === "unbind_resp") session.close();
  });
  session.on("error", (error) => tell({ event: "trouble", link, sentence: String(error) }));
  session.on("close", () => {
    links.delete(link);
    tell({ event: "closed", link });
  });
});

const orders = {
  refuse({ command_status, count }) {
    for (let i = 0; i < count; i += 1) refusals.push(command_status);
  },
  send({ link, command, fields }) {
    const given = { ...fields };
    for (const name of ["short_message", "message_payload"]) {
      if (name in given) given[name] = Buffer.from(given[name], "hex");
    }
    const pdu = new smpp.PDU(command, given);
    links.get(link).send(pdu);
    return pdu.sequence_number;
  },
  hang_up({ link }) {
    links.get(link).destroy();
  },
};

readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const order = JSON.parse(line);
    const number = orders[order.do](order);
    tell({ event: "obeyed", sequence_number: number === undefined ? null : number });
  })
  .on("close", () => process.exit(0));

server.listen(0, "127.0.0.1", () => tell({ event: "listening", port: server.address().port }));
