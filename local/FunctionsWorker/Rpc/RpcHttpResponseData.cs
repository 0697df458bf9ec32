using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Azure.Functions.Worker.Http;

namespace Microsoft.Azure.Functions.Worker.Rpc;

/// <summary>A response that will be sent to the host when the function has returned it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The body is read after the function has returned.")]
internal sealed class RpcHttpResponseData(FunctionContext context, HttpStatusCode status) : HttpResponseData(context)
{
    private HttpHeadersCollection _headers = [];
    private Stream _body = new MemoryStream();

    public override HttpStatusCode StatusCode { get; set; } = status;

    public override HttpHeadersCollection Headers
    {
        get => _headers;
        set => _headers = value ?? throw new InvalidOperationException("A response's headers cannot be null.");
    }

    public override Stream Body
    {
        get => _body;
        set => _body = value ?? throw new InvalidOperationException("A response's body cannot be null.");
    }

    public override HttpCookies Cookies { get; } = new RpcHttpCookies();
}
