using System.Text;
using Azure.Core.Serialization;

namespace Microsoft.Azure.Functions.Worker.Http;

/// <summary>Ways to write a response.</summary>
public static class HttpResponseDataExtensions
{
    private const string JsonContentType = "application/json; charset=utf-8";

    /// <summary>Writes text.</summary>
    /// <param name="response">The response.</param>
    /// <param name="value">The text.</param>
    /// <param name="encoding">The encoding; UTF-8 when null.</param>
    public static void WriteString(this HttpResponseData response, string value, Encoding? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        response.WriteBytes((encoding ?? Encoding.UTF8).GetBytes(value));
    }

    /// <summary>Writes text.</summary>
    /// <param name="response">The response.</param>
    /// <param name="value">The text.</param>
    /// <param name="encoding">The encoding; UTF-8 when null.</param>
    /// <returns>A task that ends when it is written.</returns>
    public static Task WriteStringAsync(this HttpResponseData response, string value, Encoding? encoding = null) =>
        response.WriteStringAsync(value, CancellationToken.None, encoding);

    /// <summary>Writes text.</summary>
    /// <param name="response">The response.</param>
    /// <param name="value">The text.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <param name="encoding">The encoding; UTF-8 when null.</param>
    /// <returns>A task that ends when it is written.</returns>
    public static Task WriteStringAsync(
        this HttpResponseData response, string value, CancellationToken cancellationToken, Encoding? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        return response.WriteBytesAsync((encoding ?? Encoding.UTF8).GetBytes(value), cancellationToken);
    }

    /// <summary>Writes JSON with the worker's serializer and sets Content-Type <c>application/json; charset=utf-8</c>.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="response">The response, without a Content-Type.</param>
    /// <param name="instance">The value.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>A task that ends when it is written.</returns>
    /// <exception cref="FormatException">Content-Type was set before.</exception>
    public static ValueTask WriteAsJsonAsync<T>(
        this HttpResponseData response, T? instance, CancellationToken cancellationToken = default) =>
        response.WriteAsJsonAsync(instance, JsonContentType, cancellationToken);

    /// <summary>Writes JSON with the worker's serializer.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="response">The response, without a Content-Type.</param>
    /// <param name="instance">The value.</param>
    /// <param name="contentType">The Content-Type to set.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>A task that ends when it is written.</returns>
    /// <exception cref="FormatException">Content-Type was set before.</exception>
    public static ValueTask WriteAsJsonAsync<T>(
        this HttpResponseData response, T? instance, string contentType, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        return response.WriteAsJsonAsync(instance, WorkerOptions.SerializerOf(response.FunctionContext), contentType, cancellationToken);
    }

    /// <summary>Writes JSON and sets Content-Type <c>application/json; charset=utf-8</c>.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="response">The response, without a Content-Type.</param>
    /// <param name="instance">The value.</param>
    /// <param name="serializer">The serializer.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>A task that ends when it is written.</returns>
    /// <exception cref="FormatException">Content-Type was set before.</exception>
    public static ValueTask WriteAsJsonAsync<T>(
        this HttpResponseData response, T? instance, ObjectSerializer serializer, CancellationToken cancellationToken = default) =>
        response.WriteAsJsonAsync(instance, serializer, JsonContentType, cancellationToken);

    /// <summary>Writes JSON.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="response">The response, without a Content-Type.</param>
    /// <param name="instance">The value.</param>
    /// <param name="serializer">The serializer.</param>
    /// <param name="contentType">The Content-Type to set.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>A task that ends when it is written.</returns>
    /// <exception cref="FormatException">Content-Type was set before.</exception>
    public static ValueTask WriteAsJsonAsync<T>(
        this HttpResponseData response,
        T? instance,
        ObjectSerializer serializer,
        string contentType,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(serializer);
        ArgumentNullException.ThrowIfNull(contentType);

        response.Headers.Add("Content-Type", contentType);
        return serializer.SerializeAsync(response.Body, instance, typeof(T), cancellationToken);
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="response">The response.</param>
    /// <param name="value">The bytes.</param>
    public static void WriteBytes(this HttpResponseData response, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(value);
        response.Body.Write(value);
    }

    /// <summary>Writes bytes.</summary>
    /// <param name="response">The response.</param>
    /// <param name="value">The bytes.</param>
    /// <returns>A task that ends when they are written.</returns>
    public static Task WriteBytesAsync(this HttpResponseData response, byte[] value) =>
        response.WriteBytesAsync(value, CancellationToken.None);

    /// <summary>Writes bytes.</summary>
    /// <param name="response">The response.</param>
    /// <param name="value">The bytes.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>A task that ends when they are written.</returns>
    public static Task WriteBytesAsync(this HttpResponseData response, byte[] value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(value);
        return response.Body.WriteAsync(value, cancellationToken).AsTask();
    }
}
