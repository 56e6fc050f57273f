import type {
	IAuthenticateGeneric,
	Icon,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

/** The address of a namets, and a token for its open API. */
export class NametsApi implements ICredentialType {
	name = 'nametsApi';

	displayName = 'Namets API';

	icon: Icon = { light: 'file:../icons/namets.svg', dark: 'file:../icons/namets.dark.svg' };

	documentationUrl = 'https://namets.example/docs/author/node/';

	properties: INodeProperties[] = [
		{
			displayName: 'URL',
			name: 'url',
			type: 'string',
			required: true,
			default: 'https://namets.example',
			description: 'The address of your namets, with http:// or https:// and without /api/v1',
		},
		{
			displayName: 'API Token',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description:
				'A named token (it begins with nmt_), which an owner makes in the admin of namets, or the shared API token',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { 'X-N8N-Token': '={{$credentials.token}}' } },
	};

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.url.replace(/\\/+$/, "")}}',
			url: '/api/v1/token',
			disableFollowRedirect: true,
		},
		rules: [
			{
				type: 'responseCode',
				properties: { value: 403, message: 'namets does not accept this token' },
			},
			{
				type: 'responseCode',
				properties: { value: 404, message: 'There is no namets with the open API at this URL' },
			},
		],
	};
}
