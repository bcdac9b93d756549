// Certificates for tests.

import {execFileSync} from 'node:child_process';
import fs from 'node:fs';

const openssl = (...args) => execFileSync('openssl', args, {stdio: 'pipe'});

// An authority, and who it vouches for.
export function make_authority(directory, name) {
  const file = (end) => `${directory}/${name}.${end}`;
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', file('key'), '-out', file('pem'));
  return {
    pem: fs.readFileSync(file('pem')),
    file: file('pem'),
    sign(who, names) {
      const of = (end) => `${directory}/${who}.${end}`;
      openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${who}`, '-keyout', of('key'), '-out', of('csr'));
      fs.writeFileSync(of('ext'), names ? `subjectAltName=${names}` : 'basicConstraints=CA:FALSE');
      openssl('x509', '-req', '-in', of('csr'), '-CA', file('pem'), '-CAkey', file('key'), '-CAcreateserial', '-days', '2',
        '-extfile', of('ext'), '-out', of('pem'));
      return {cert: fs.readFileSync(of('pem')), key: fs.readFileSync(of('key')), cert_file: of('pem'), key_file: of('key')};
    },
  };
}
