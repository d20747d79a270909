/** As much of autocannon 9 as the bench uses; the package brings no types. */
declare module 'autocannon' {
  type RequestData = { method: string; path: string; headers: Record<string, string>; body?: string };
  export type Request<Context> = Partial<RequestData> & {
    setupRequest?: (request: RequestData, context: Context) => RequestData;
    onResponse?: (status: number, body: string, context: Context) => void;
  };
  type Options<Context> = {
    url: string;
    connections: number;
    /** Seconds. */
    duration: number;
    requests: Request<Context>[];
  };
  type Result = { errors: number; timeouts: number; non2xx: number };
  export default function autocannon<Context>(options: Options<Context>): Promise<Result>;
}
