/** What tests ask of a provider is what the checks of the contract ask. */
export { aCreateRequest, aDestroyRequest } from './contract-checks/requests.ts';
