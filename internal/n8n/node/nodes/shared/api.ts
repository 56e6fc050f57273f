import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	IN8nHttpFullResponse,
	IWebhookFunctions,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

/** What makes requests: a node that runs, or a trigger that registers itself or is called. */
export type Context = IExecuteFunctions | IHookFunctions | IWebhookFunctions;

/** A request to the open API; path begins below /api/v1, its variable parts are encoded. */
export interface Request {
	method?: IHttpRequestMethods;
	path: string;
	query?: IDataObject;
	body?: IDataObject | IDataObject[];
	headers?: IDataObject;
}

/** What namets answers to a request that it refuses (RFC 9457). */
interface Problem extends IDataObject {
	detail?: string;
	code?: string;
	errors?: Array<{ pointer?: string; parameter?: string; header?: string; detail: string }>;
}

/** Makes the request and returns the whole answer. Throws a NodeApiError that says what is wrong. */
export async function ask(
	context: Context,
	request: Request,
	itemIndex?: number,
): Promise<IN8nHttpFullResponse> {
	const { url } = await context.getCredentials<{ url: string }>('nametsApi');
	return await askAt(context, `${url.trim().replace(/\/+$/, '')}/api/v1${request.path}`, request, itemIndex);
}

/** Is ask for a complete URL that namets itself has given out. */
export async function askAt(
	context: Context,
	url: string,
	request: Request,
	itemIndex?: number,
): Promise<IN8nHttpFullResponse> {
	const response = (await context.helpers.httpRequestWithAuthentication.call(context, 'nametsApi', {
		method: request.method ?? 'GET',
		url,
		qs: request.query,
		body: request.body,
		headers: { Accept: 'application/json', ...request.headers },
		json: true,
		disableFollowRedirect: true,
		ignoreHttpStatusErrors: true,
		returnFullResponse: true,
	})) as IN8nHttpFullResponse;
	if (response.statusCode >= 200 && response.statusCode < 300) return response;
	throw refusal(context, response, itemIndex);
}

/** Makes the request and returns the body of the answer. */
export async function rowOf(context: Context, request: Request, itemIndex?: number): Promise<IDataObject> {
	return (await ask(context, request, itemIndex)).body as IDataObject;
}

/** Reports whether the error is an answer of namets with the status. */
export function hasStatus(error: unknown, status: number): boolean {
	return error instanceof NodeApiError && error.httpCode === String(status);
}

function refusal(context: Context, response: IN8nHttpFullResponse, itemIndex?: number): NodeApiError {
	const problem = asProblem(response.body);
	const lines = (problem.errors ?? []).map(
		(e) => `${e.pointer ?? e.parameter ?? e.header ?? ''}: ${e.detail}`.replace(/^: /, ''),
	);
	const message =
		problem.detail ?? `namets answered with HTTP status ${response.statusCode}; is the URL of the credential right?`;
	return new NodeApiError(context.getNode(), { ...problem } as JsonObject, {
		message: lines.length > 0 ? `${message} (${lines[0]}${lines.length > 1 ? ', …' : ''})` : message,
		description: lines.length > 0 ? lines.join('\n') : problem.code && `Code: ${problem.code}`,
		httpCode: String(response.statusCode),
		itemIndex,
	});
}

/** An answer that is no JSON comes from something between n8n and namets: it is not repeated. */
function asProblem(body: unknown): Problem {
	return typeof body === 'object' && body !== null && !Array.isArray(body) && !Buffer.isBuffer(body)
		? (body as Problem)
		: {};
}
