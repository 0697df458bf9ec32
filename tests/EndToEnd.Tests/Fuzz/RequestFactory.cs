using System.Globalization;
using System.Text;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>Makes requests: valid ones, nearly valid ones, and some that are hardly HTTP.</summary>
/// <param name="api">The API.</param>
/// <param name="users">The users who send them.</param>
/// <param name="throwAway">Makes a user whose session may be ended.</param>
/// <param name="host">The gateway's host and port.</param>
/// <param name="seed">The seed of all random choices.</param>
internal sealed class RequestFactory(ApiDescription api, IReadOnlyList<FuzzUser> users, Func<GatewayUser> throwAway, string host, int seed)
{
    private static readonly string[] s_otherMethods = ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "PURGE", "X", "CONNECT"];

    // Hosts that a server accepts and a parser of URLs does not.
    private static readonly string[] s_hosts = ["!!!", "..", "a..b", "example.com:99999", "~", "'", "", "-", "a_b", "[::1]", "127.1", "xn--"];

    // Routes that end the credential of their request.
    private static readonly string[] s_endsSession = ["/auth/logout", "/sessions/{id}"];

    /// <summary>Makes a request.</summary>
    public FuzzRequest Make(int number)
    {
        var random = new Random(HashOf(seed, number));
        return random.Next(12) == 0 ? Wire(number, random) : Call(number, random);
    }

    // Not HashCode, whose results differ from process to process.
    private static int HashOf(int seed, int number) => unchecked((seed * 486_187_739) ^ (number * (int)2_654_435_761));

    private FuzzRequest Call(int number, Random random)
    {
        var operation = api.Operations[random.Next(api.Operations.Count)];
        // Each needs a hundred milliseconds of hashing, and a few of them find the same errors.
        if ((operation.Path is "/auth/login" || (operation.Path is "/users" && operation.IsUnsafe)) && random.Next(3) > 0)
        {
            operation = api.Operations[random.Next(api.Operations.Count)];
        }
        // Refused requests alone prove little: some follow the description and use existing items.
        var isTame = random.Next(4) == 0;
        var json = new FuzzedJson(api, random, isTame);
        var kind = "call";
        var method = operation.Method;
        var by = users[random.Next(users.Count)];
        var (path, foreignId) = PathOf(operation, by, random, isTame, ref kind);
        if (!isTame && random.Next(25) == 0)
        {
            (kind, foreignId) = ("method", null);
            method = random.Next(2) == 0 ? s_otherMethods[random.Next(s_otherMethods.Length)] : api.Operations[random.Next(api.Operations.Count)].Method;
        }

        List<(string Name, string Value)> headers = [("Host", host), ("X-Correlation-Id", $"fuzz-{seed}-{number}")];
        var sender = Authorize(operation, by, headers, random, isTame);
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.Place == "header" && parameter.Name != "X-Correlation-Id"))
        {
            if (!isTame && random.Next(3) == 0)
            {
                headers.Add((parameter.Name, random.Next(2) == 0 ? "\"1\"" : UnusualInput.Line(random)));
            }
        }
        var query = Query(operation, json, random, isTame);
        byte[] body = [];
        if (operation.Body is { } schema && method is not ("GET" or "HEAD"))
        {
            kind = kind == "call" ? "json" : kind;
            body = operation.Path == FuzzedMessage.Path ? FuzzedMessage.Make(random, headers) : json.Body(schema);
            headers.Add(("Content-Type", !isTame && random.Next(15) == 0 ? UnusualInput.Line(random) : "application/json"));
        }
        else if (operation.TakesFiles)
        {
            kind = kind == "call" ? "file" : kind;
            if (!isTame && random.Next(2) == 0)
            {
                (var mediaType, body) = FuzzedForm.Make(random);
                headers.Add(("Content-Type", WithoutLineEnds(mediaType)));
            }
            else
            {
                body = Encoding.UTF8.GetBytes(UnusualInput.Text(random));
                headers.Add(("Content-Type", !isTame && random.Next(3) == 0 ? UnusualInput.Line(random) : "text/plain"));
                if (!query.Contains("filename=", StringComparison.Ordinal) && (isTame || random.Next(8) > 0))
                {
                    query += $"{(query.Length == 0 ? "?" : "&")}filename={Uri.EscapeDataString(!isTame && random.Next(2) == 0 ? UnusualInput.Line(random) : $"name-{number}.txt")}";
                }
            }
        }
        else if (!isTame && random.Next(15) == 0)
        {
            body = Encoding.UTF8.GetBytes(UnusualInput.Json(random));
        }

        if (!isTame && random.Next(4) == 0)
        {
            Disturb(headers, random);
        }
        if (body.Length > 0 || method is "POST" or "PUT" or "PATCH")
        {
            headers.Add(("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture)));
        }
        return new FuzzRequest(
            number, kind, method, path + query, Write(method, path + query, headers, body), IsBroken: false, sender ? by : null, sender ? foreignId : null);
    }

    private (string Path, string? ForeignId) PathOf(ApiOperation operation, FuzzUser by, Random random, bool isTame, ref string kind)
    {
        string? foreign = null;
        var parts = operation.Path.Split('/')[1..];
        for (var index = 0; index < parts.Length; index++)
        {
            if (!parts[index].StartsWith('{'))
            {
                continue;
            }
            switch (random.Next(isTame ? 5 : 10))
            {
                case < 5 when by.AnyId(parts[0], random) is { } own:
                    parts[index] = own;
                    break;
                case < 7 when users[random.Next(users.Count)] is var other && other != by && other.AnyId(parts[0], random) is { } theirs:
                    foreign = parts[index] = theirs;
                    break;
                case < 8:
                    parts[index] = parts[index] == "{consumer}" ? "audit" : Guid.NewGuid().ToString();
                    break;
                default:
                    (kind, foreign) = ("path", null);
                    parts[index] = random.Next(4) == 0 ? Target(UnusualInput.Line(random)) : Uri.EscapeDataString(UnusualInput.Line(random));
                    break;
            }
        }
        if (isTame || random.Next(25) > 0)
        {
            return ($"/api/{string.Join('/', parts)}", foreign);
        }
        (kind, foreign) = ("path", null);
        parts[random.Next(parts.Length)] = random.Next(2) == 0 ? Target(UnusualInput.Line(random)) : Uri.EscapeDataString(UnusualInput.Line(random));
        var path = random.Next(6) switch
        {
            0 => $"/{string.Join('/', parts)}",
            1 => $"/api//{string.Join("//", parts)}",
            2 => $"/API/{string.Join('/', parts).ToUpperInvariant()}",
            3 => $"/api/{string.Join('/', parts)}/",
            4 => $"/api/./{string.Join("/../", parts)}",
            _ => $"/api/{string.Join('/', parts)}/{Target(UnusualInput.Line(random))}",
        };
        return (path, null);
    }

    // Returns false when no user sends the request.
    private bool Authorize(ApiOperation operation, FuzzUser by, List<(string, string)> headers, Random random, bool isTame)
    {
        if (s_endsSession.Contains(operation.Path) && operation.IsUnsafe)
        {
            headers.Add(("Authorization", $"Bearer {throwAway().Token}"));
            return false;
        }
        switch (isTame ? int.MaxValue : random.Next(12))
        {
            case 0:
                return false;
            case 1:
                headers.Add(("Authorization", $"Bearer {(random.Next(2) == 0 ? UnusualInput.Line(random) : by.User.Token[..random.Next(by.User.Token.Length)])}"));
                return false;
            case 2:
                headers.Add(("x-api-key", random.Next(2) == 0 ? UnusualInput.Line(random) : by.ApiKey[..random.Next(by.ApiKey.Length)]));
                return false;
            case < 6:
                headers.Add(("x-api-key", by.ApiKey));
                return true;
            default:
                headers.Add(("Authorization", $"Bearer {by.User.Token}"));
                return true;
        }
    }

    private static string Query(ApiOperation operation, FuzzedJson json, Random random, bool isTame)
    {
        List<string> query = [];
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.Place == "query"))
        {
            if (random.Next(5) < 2)
            {
                // Long waits are rare, because they only cost time.
                var value = parameter.Name == "wait" && random.Next(20) > 0 ? "1" : !isTame && random.Next(3) == 0 ? UnusualInput.Line(random) : json.Plain(parameter.Schema);
                query.Add($"{parameter.Name}={(!isTame && random.Next(10) == 0 ? Target(value) : Uri.EscapeDataString(value))}");
                if (!isTame && random.Next(20) == 0)
                {
                    query.Add(query[^1]);
                }
            }
        }
        if (!isTame && random.Next(10) == 0)
        {
            query.Add($"{Uri.EscapeDataString(UnusualInput.Line(random))}={Uri.EscapeDataString(UnusualInput.Line(random))}");
        }
        return query.Count == 0 ? "" : $"?{string.Join('&', query)}";
    }

    private static void Disturb(List<(string Name, string Value)> headers, Random random)
    {
        string[] names =
        [
            "X-Correlation-Id", "X-Forwarded-For", "X-Forwarded-Proto", "Accept", "Accept-Encoding", "Accept-Language", "Range", "If-Match", "If-None-Match", "If-Range", "If-Modified-Since",
            "Last-Event-ID", "Content-Encoding", "Content-Language", "Content-Type", "Idempotency-Key", "Origin", "Referer", "Cookie", "traceparent", "tracestate", "baggage", "Host", "Expect",
            "X-HTTP-Method-Override", "X-Functions-Key", "x-ms-client-principal", "x-ms-client-principal-id", "User-Agent", "Authorization", "x-api-key", "Date", "Via", "TE", "Trailer",
        ];
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var name = names[random.Next(names.Length)];
            var value = name switch
            {
                "X-Forwarded-For" => $"203.0.{random.Next(256)}.{random.Next(256)}{(random.Next(3) == 0 ? UnusualInput.Line(random) : "")}",
                "Accept" when random.Next(20) == 0 => "text/event-stream",
                "Idempotency-Key" when random.Next(2) == 0 => $"key-{random.Next(50)}",
                "traceparent" when random.Next(2) == 0 => $"00-{random.NextInt64():x16}{random.NextInt64():x16}-{random.NextInt64():x16}-01",
                "Expect" when random.Next(2) == 0 => "100-continue",
                "Host" when random.Next(3) > 0 => s_hosts[random.Next(s_hosts.Length)],
                _ => UnusualInput.Line(random),
            };
            if (name is "X-Correlation-Id" or "Host")
            {
                // These two must not come twice: the test traces changes by the correlation id, and a request with two hosts is invalid.
                headers.RemoveAll(header => header.Name == name);
            }
            headers.Add((name, value));
        }
    }

    // Escapes nothing, and leaves out only characters that end the request line.
    private static string Target(string text) => new([.. text.Where(character => character is > ' ' and not '\u007f')]);

    private static string WithoutLineEnds(string text) => new([.. text.Where(character => character is not ('\r' or '\n' or '\0'))]);

    private static byte[] Write(string method, string target, IEnumerable<(string Name, string Value)> headers, byte[] body) =>
    [
        .. Encoding.UTF8.GetBytes($"{method} {target} HTTP/1.1\r\n{string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"))}\r\n"),
        .. body,
    ];

    // Requests that no HTTP client sends. Each has a valid token, so that an accepted one has an effect.
    private FuzzRequest Wire(int number, Random random)
    {
        var by = users[random.Next(users.Count)];
        const string Json = """{"name":"wire"}""";
        var id = $"fuzz-{seed}-{number}";
        var usual = $"Host: {host}\r\nAuthorization: Bearer {by.User.Token}\r\nX-Correlation-Id: {id}\r\n";
        var post = $"{usual}Content-Type: application/json\r\n";
        var unusual = UnusualInput.Text(random);
        var (method, target) = ("POST", "/api/commands");
        var request = random.Next(38) switch
        {
            0 => $"{unusual}\r\n\r\n",
            1 => "GET\r\n\r\n",
            2 => "GET /api/files\r\n\r\n",
            3 => $"GET /api/files HTTP/9.9\r\n{usual}\r\n",
            4 => $"POST /api/commands HTTP/1.0\r\n{post}Content-Length: {Json.Length}\r\n\r\n{Json}",
            5 => $"{new string('M', 5000)} /api/files HTTP/1.1\r\n{usual}\r\n",
            6 => $"G@T /api/files HTTP/1.1\r\n{usual}\r\n",
            7 => $"GET http://{host}/api/files HTTP/1.1\r\n{usual}\r\n",
            8 => $"GET http://example.com:99999/api/files HTTP/1.1\r\n{usual}\r\n",
            9 => $"GET {host} HTTP/1.1\r\n{usual}\r\n",
            10 => $"OPTIONS * HTTP/1.1\r\n{usual}\r\n",
            11 => $"CONNECT {host} HTTP/1.1\r\n{usual}\r\n",
            12 => $"GET /api/files {unusual} HTTP/1.1\r\n{usual}\r\n",
            13 => $"GET /api/files/%00 HTTP/1.1\r\n{usual}\r\n",
            14 => $"GET /api/%C0%AE%C0%AE/%C0%AF HTTP/1.1\r\n{usual}\r\n",
            15 => $"GET /api/files/%FF%FE HTTP/1.1\r\n{usual}\r\n",
            16 => $"GET /api/%2e%2e/admin/host/status HTTP/1.1\r\n{usual}\r\n",
            17 => $"GET /api/files/..;/..;/users HTTP/1.1\r\n{usual}\r\n",
            18 => $"GET /api/files#fragment HTTP/1.1\r\n{usual}\r\n",
            19 => $"GET /api/files?{new string('q', 9000)} HTTP/1.1\r\n{usual}\r\n",
            20 => $"GET /api/files HTTP/1.1\r\nAuthorization: Bearer {by.User.Token}\r\n\r\n",
            21 => $"GET /api/files HTTP/1.1\r\n{usual}Host: example.com\r\n\r\n",
            22 => $"GET /api/files?limit=1 HTTP/1.1\r\n{usual.Replace(host, unusual, StringComparison.Ordinal)}\r\n",
            23 => $"GET /api/files HTTP/1.1\r\n{usual}no colon\r\n\r\n",
            24 => $"GET /api/files HTTP/1.1\r\n{usual}{unusual}: {unusual}\r\n\r\n",
            25 => $"GET /api/files HTTP/1.1\r\n{usual}X-Folded: a\r\n b\r\n\r\n",
            26 => $"GET /api/files HTTP/1.1\r\n{usual}{string.Concat(Enumerable.Range(0, 150).Select(index => $"X-{index}: {index}\r\n"))}\r\n",
            27 => $"GET /api/files HTTP/1.1\r\n{usual}X-Long: {new string('l', 40_000)}\r\n\r\n",
            28 => $"POST /api/commands HTTP/1.1\r\n{post}Content-Length: {unusual}\r\n\r\n{Json}",
            29 => $"POST /api/commands HTTP/1.1\r\n{post}Content-Length: {Json.Length + random.Next(1, 1000)}\r\n\r\n{Json}",
            30 => $"POST /api/commands HTTP/1.1\r\n{post}Content-Length: {random.Next(Json.Length)}\r\n\r\n{Json}",
            31 => $"POST /api/commands HTTP/1.1\r\n{post}Content-Length: {Json.Length}\r\nContent-Length: 0\r\n\r\n{Json}",
            32 => $"POST /api/commands HTTP/1.1\r\n{post}Content-Length: {Json.Length}\r\nTransfer-Encoding: chunked\r\n\r\n{Json.Length:x}\r\n{Json}\r\n0\r\n\r\n",
            33 => $"POST /api/commands HTTP/1.1\r\n{post}Transfer-Encoding: {unusual}\r\n\r\n{Json.Length:x}\r\n{Json}\r\n0\r\n\r\n",
            34 => $"POST /api/commands HTTP/1.1\r\n{post}Transfer-Encoding: chunked\r\n\r\n{unusual}\r\n{Json}\r\n0\r\n\r\n",
            35 => $"POST /api/commands HTTP/1.1\r\n{post}Transfer-Encoding: chunked\r\n\r\n{Json.Length:x};ext={unusual}\r\n{Json}",
            36 => $"POST /api/commands HTTP/1.1\r\n{post}Content-Length: 104857601\r\n\r\n{Json}",
            _ => $"POST /api/commands HTTP/1.1\n{post.Replace("\r\n", "\n", StringComparison.Ordinal)}Content-Length: {Json.Length}\n\n{Json}",
        };
        var bytes = Encoding.UTF8.GetBytes(request);
        if (random.Next(4) == 0)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }
        return new FuzzRequest(number, "wire", method, target, bytes, IsBroken: true, by, null);
    }
}
