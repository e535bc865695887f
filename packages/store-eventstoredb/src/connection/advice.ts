/** What an operator can do about a connection that never came to be, by what the transport says. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /self[- ]signed|unable to verify|unable to get (local )?issuer|UNABLE_TO_|DEPTH_ZERO/i,
    "the node's certificate is signed by nobody whom this machine trusts: name its authority with tlsCAFile=FILE",
  ],
  [/certificate has expired|CERT_HAS_EXPIRED/i, "the node's certificate has expired: it needs a new one"],
  [
    /altnames|Hostname\/IP does not match/i,
    "the node's certificate is made out to another name: use a host name that stands in it",
  ],
  [/wrong version number|packet length too long|EPROTO/i, 'the node does not speak TLS: it needs tls=false'],
  [
    /certificate required|bad certificate|unknown ca|handshake failure/i,
    'the node asks for a certificate of its users: name one with userCertFile=FILE and userKeyFile=FILE',
  ],
  [/Last error: Failed to connect /, 'the connection was taken and dropped at once: a node that wants TLS does so'],
];

/** The message on one line, with what to do about it where that is known. */
export const withAdvice = (message: string): string => {
  const said = message
    .replace(/ Resolution note: ?$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const advice = ADVICE.find(([words]) => words.test(message))?.[1];
  return advice === undefined ? said : `${said} (${advice})`;
};
