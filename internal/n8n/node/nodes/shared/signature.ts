import { createHmac, timingSafeEqual } from 'crypto';

/** How far the clocks of namets and n8n may differ, and how long a request may take, in seconds. */
export const tolerance = 300;

/** The headers and the raw body of a webhook. */
export interface Signed {
	id: unknown;
	timestamp: unknown;
	signature: unknown;
	body: Buffer;
}

/**
 * Reports whether the webhook is signed with the secret (Standard Webhooks) and not older than the
 * tolerance. The time that it takes does not depend on where a wrong signature differs.
 */
export function isGenuine(secret: string, webhook: Signed, now: number): boolean {
	const { id, timestamp, signature, body } = webhook;
	if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string') return false;
	if (!/^[0-9]{1,12}$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > tolerance) return false;
	const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
	const digest = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
	const want = Buffer.from(`v1,${digest}`);
	return signature
		.split(' ')
		.map((candidate) => Buffer.from(candidate))
		.some((candidate) => candidate.length === want.length && timingSafeEqual(candidate, want));
}
