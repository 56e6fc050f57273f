"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.tolerance = void 0;
exports.isGenuine = isGenuine;
const crypto_1 = require("crypto");
exports.tolerance = 300;
function isGenuine(secret, webhook, now) {
    const { id, timestamp, signature, body } = webhook;
    if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string')
        return false;
    if (!/^[0-9]{1,12}$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > exports.tolerance)
        return false;
    const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
    const digest = (0, crypto_1.createHmac)('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
    const want = Buffer.from(`v1,${digest}`);
    return signature
        .split(' ')
        .map((candidate) => Buffer.from(candidate))
        .some((candidate) => candidate.length === want.length && (0, crypto_1.timingSafeEqual)(candidate, want));
}
